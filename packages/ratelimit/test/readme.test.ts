import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('..', import.meta.url))
const readme = readFileSync(`${folder}/README.md`, 'utf8')
const examples = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = '']) => code)

describe('the examples of the README', () => {
  it.each(examples.map((code, place) => [place + 1, code] as const))(
    'number %i prints what it says, and ends by itself although nobody stops its limiter',
    async (_, code) => {
      const promised = [...code.matchAll(/\/\/=> (.*)$/gm)].map(([, text]) => text)
      expect(promised).not.toEqual([])
      const { stdout } = await run(
        process.execPath,
        ['--conditions=@hubbub/source', '--input-type=module-typescript', '--eval', code],
        { cwd: folder, timeout: 15_000 },
      )
      expect(stdout.trim().split('\n')).toEqual(promised)
    },
  )

  it('names every option and method', () => {
    for (const name of [
      'maxKeys',
      'onFull',
      'evictedWithDebt',
      'penalize',
      'reserve',
      'onStoreError',
      'ipKey',
    ]) {
      expect(readme).toContain(name)
    }
  })
})
