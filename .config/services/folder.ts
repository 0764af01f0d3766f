import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const services = fileURLToPath(new URL('../../.cache/services/', import.meta.url))

/** A fresh folder under `.cache/services` that only its owner can read. */
export function privateFolder(name: string): { readonly path: string; remove(): void } {
  mkdirSync(services, { recursive: true })
  removeForgotten()
  const path = mkdtempSync(`${services}${name}-`)
  return {
    path,
    remove() {
      // A program that was just killed may still hold a file open for a moment: hence the retries.
      rmSync(path, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

const DAY_MS = 24 * 60 * 60 * 1000

/** A run that was killed has left its folder behind; no run takes a day. */
function removeForgotten(): void {
  for (const name of readdirSync(services)) {
    const path = join(services, name)
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    if (Date.now() - changed > DAY_MS) rmSync(path, { recursive: true, force: true })
  }
}
