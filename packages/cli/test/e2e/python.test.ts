/** The protocol's page is enough: a client in another language, written from it. */
import { createClient } from '@hubbub/hub/client'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { findOrInstall } from '../../../../.config/services/service.ts'
import { serve } from '../support/cli.ts'

let python = ''

beforeAll(async () => {
  python = await findOrInstall({ name: 'Python', commands: ['python3'], packages: ['python3'] })
}, 120_000)

it('a client of the standard library joins, resumes without a gap, and gets a quote', async () => {
  await using server = await serve('--quotes', 'sample')
  const script = fileURLToPath(new URL('python/client.py', import.meta.url))
  const child = spawn(python, [script, server.url], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => String((await lines.next()).value)
  expect(await line()).toBe('published 1')
  await using ann = createClient({ url: server.url, name: 'ann' })
  await ann.join('general').publish('you missed this')
  child.stdin.end('\n')
  expect(await line()).toBe("resumed True True ['you missed this']")
  expect(await line()).toMatch(/^quoted True bot AAPL\.US quote is \$\d+\.\d\d per share/)
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.once('close', resolve)
  expect(await promise).toBe(0)
})
