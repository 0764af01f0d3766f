import { spawn, spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient } from '@hubbub/hub/client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../.config/services/ports.ts'
import { shared } from '../../../.config/services/shared.ts'

const folder = new URL(`../.cache/readme-${process.pid}/`, import.meta.url)
const rabbit = await shared('rabbitmq')
const [port = 0] = await freePort(1)

/** The README's weather service: it knows one place. */
const service = createServer(({ url }, response) => {
  response.statusCode = url === '/Oslo' ? 200 : 404
  response.end('Rain in Oslo.')
})

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
    await new Promise<void>(resolve => {
      service.listen(0, '127.0.0.1', resolve)
    })
    const { port: servicePort } = service.address() as AddressInfo
    await mkdir(folder, { recursive: true })
    for (const [, code = '', file = ''] of readme.matchAll(/```ts\n(\/\/ ([a-z]+\.ts)[^]*?)```/g)) {
      const here = code
        .replaceAll('4480', String(port))
        .replaceAll('amqp://guest:guest@127.0.0.1:5672', rabbit)
        .replaceAll('https://weather.example', `http://127.0.0.1:${servicePort}`)
      await writeFile(new URL(file, folder), here)
    }
  })
  afterAll(async () => {
    service.close()
    await rm(folder, { recursive: true })
  })

  it('has types that hold, in every file', async () => {
    const config = { extends: '../../tsconfig.json', include: ['*.ts'] }
    await writeFile(new URL('tsconfig.json', folder), JSON.stringify(config))
    // What would be found, if there was something.
    await writeFile(new URL('wrong.ts', folder), "export const wrong: number = 'a text'\n")
    const tsc = new URL('../../../node_modules/typescript/bin/tsc', import.meta.url).pathname
    const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder.pathname], { encoding: 'utf8' })
    const here = stdout.split('\n').filter(line => line.includes(`readme-${process.pid}/`))
    expect(here).toEqual([expect.stringMatching(/wrong\.ts.*TS2322/)])
  })

  it('has a bot that runs', async () => {
    await using bot = run('try.ts')
    expect(await bot.ended).toBe(0)
    expect(bot.out()).toMatch(
      /^Rolled [1-6] \+ [1-6]\nUsage: \/roll=2d6 – dice look like 2d6\n\/roll=2d6 – Rolls dice\.\n/,
    )
  })

  it('has a command whose arguments zod checks', async () => {
    const lines = ['/w= Oslo ', '/weather=Atlantis', '/weather=x'].map(
      text => `console.log(await bot.inject(${JSON.stringify(text)}))`,
    )
    const program = [
      "import { createBot } from '@hubbub/stock-bot'",
      "import { weather } from './weather.ts'",
      'const bot = createBot({ commands: [weather] })',
      ...lines,
    ]
    await writeFile(new URL('ask.mjs', folder), program.join('\n'))
    await using bot = run('ask.mjs')
    expect(await bot.ended).toBe(0)
    expect(bot.out()).toBe(
      'Rain in Oslo.\nI know no place called Atlantis, you.\nUsage: /weather=Oslo – which place?\n',
    )
  })

  it('has a middleware and a transformer that do what it says', async () => {
    await using bot = run('guarded.ts')
    expect(await bot.ended).toBe(0)
    expect(bot.out()).toBe('🎲 Ask Ann.\n')
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
