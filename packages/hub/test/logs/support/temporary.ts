import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Draft } from '@hubbub/hub'

/** A folder that ends with the scope. */
export function temporaryFolder(): { file: (name: string) => string; [Symbol.dispose](): void } {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-sqlite-'))
  return {
    file: name => join(folder, name),
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true })
    },
  }
}

export const draftOf = (id: string, text = 'x'): Draft => ({
  id,
  text,
  author: { id: 'u', name: 'U', kind: 'user' },
})

/** `count` drafts whose ids begin with `prefix`. */
export const draftsOf = (prefix: string, count: number): Draft[] =>
  Array.from({ length: count }, (_, i) => draftOf(`${prefix}${i + 1}`))
