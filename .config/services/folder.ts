import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const services = fileURLToPath(new URL('../../.cache/services/', import.meta.url))

/** A fresh folder under `.cache/services` that only its owner can read. */
export function privateFolder(name: string): { readonly path: string; remove(): void } {
  mkdirSync(services, { recursive: true })
  const path = mkdtempSync(`${services}${name}-`)
  return {
    path,
    remove() {
      // A program that was just killed may still hold a file open for a moment: hence the retries.
      rmSync(path, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}
