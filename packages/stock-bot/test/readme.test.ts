import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createClient } from '@hubbub/hub/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../.config/services/ports.ts'
import { shared } from '../../../.config/services/shared.ts'

const folder = new URL(`../.cache/readme-${process.pid}/`, import.meta.url)
const rabbit = await shared('rabbitmq')
const [port = 0] = await freePort(1)

/** Runs one of the README's files, as a reader would. */
function run(file: string) {
  const child = spawn(process.execPath, ['--conditions=@hubbub/source', new URL(file, folder).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  const ended = new Promise<number | null>(resolve => {
    child.on('close', resolve)
  })
  return {
    child,
    out: () => out,
    ended,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

const soon = { timeout: 15_000, interval: 25 }

describe('the README', () => {
  beforeAll(async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    await mkdir(folder, { recursive: true })
    for (const [, code = '', file = ''] of readme.matchAll(/```ts\n(\/\/ ([a-z]+\.ts)[^]*?)```/g)) {
      const here = code
        .replaceAll('4480', String(port))
        .replaceAll('amqp://guest:guest@127.0.0.1:5672', rabbit)
      await writeFile(new URL(file, folder), here)
    }
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('has a bot that runs', async () => {
    await using bot = run('roll.ts')
    expect(await bot.ended).toBe(0)
    expect(bot.out()).toMatch(/^Rolled [1-6] \+ [1-6]\n$/)
  })

  it('has a chat that the bot answers in', async () => {
    await using chat = run('chat.ts')
    await vi.waitFor(() => {
      expect(chat.out()).toContain('type /roll=2d6')
    }, soon)
    await using ann = createClient({ url: `ws://127.0.0.1:${port}`, name: 'Ann' })
    const room = ann.join('general')
    const answer = Promise.withResolvers<string>()
    room.on('delivery', delivery => {
      if (delivery.kind === 'message')
        answer.resolve(`${delivery.message.author.name}: ${delivery.message.text}`)
    })
    await room.publish('/roll=2d6')
    expect(await answer.promise).toMatch(/^dice: Rolled [1-6] \+ [1-6]$/)
  })

  it('has a bot on RabbitMQ that stops when it is told', async () => {
    await using bot = run('bot.ts')
    await vi.waitFor(() => {
      expect(bot.out()).toContain('dice is ready')
    }, soon)
    bot.child.kill('SIGTERM')
    expect(await bot.ended).toBe(0)
    expect(bot.out()).toContain('{ completed: 0, requeued: 0, aborted: 0 }')
  })
})
