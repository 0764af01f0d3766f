/** The example of TESTING.md runs as it stands there, and catches the mistake that it is about. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const page = readFileSync(new URL('../../TESTING.md', import.meta.url), 'utf8')
const [, example = ''] = /<!-- example: .*? -->\s*```ts\n(.*?)```/s.exec(page) ?? []

/** Runs a module's text where it finds this package's entry points. */
async function run(text: string): Promise<void> {
  const folder = mkdtempSync(join(import.meta.dirname, '.example-'))
  try {
    writeFileSync(join(folder, 'example.ts'), text)
    await import(/* @vite-ignore */ join(folder, 'example.ts'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

it('passes', async () => {
  expect(example).toContain('await explore(')
  await run(example)
})

it('fails, with a seed, where the middleware counts one too many', async () => {
  await expect(run(example.replace('count > 3', 'count > 4'))).rejects.toThrow(
    /4 of \d texts were taken\nReplay it with explore\(property, \{ seed: -?\d+, run: \d+ \}\)/,
  )
})
