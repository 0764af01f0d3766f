/** AMQP.md is enough: a bot in another language, written from it. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createHub } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { listen } from '@hubbub/hub/ws'
import { connect, type Options } from 'amqplib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { pythonWithPika } from '../../../../.config/services/pika.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { amqpBroker, amqpDeadLetters } from '../../src/broker/amqp.ts'
import { commands } from '../../src/commands.ts'

const SCRIPT = fileURLToPath(new URL('dice_bot.py', import.meta.url))
const url = await shared('rabbitmq')
const stack = new AsyncDisposableStack()
let says: (text: string) => Promise<string>
let announced: () => readonly string[]

// The first run on a machine installs pika.
beforeAll(async () => {
  const bot = spawn(await pythonWithPika(), [SCRIPT], {
    env: { PATH: process.env['PATH'], AMQP_URL: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  stack.defer(() => {
    bot.kill('SIGKILL')
  })
  await new Promise<void>((resolve, reject) => {
    bot.stdout.once('data', () => {
      resolve()
    })
    bot.once('close', code => {
      reject(new Error(`the bot ended with ${code}`))
    })
  })
  const broker = stack.use(amqpBroker({ urls: url, name: 'chat' }))
  await broker.connected()
  const hub = createHub()
  stack.defer(() => hub.close({ windowMs: 0 }))
  hub.use(commands({ broker }))
  const server = await listen(hub, { port: 0 })
  const ann = stack.use(createClient({ url: server.url, name: 'ann' }))
  const room = ann.join('general')
  await room.ready
  announced = () => broker.commands().map(({ usage }) => usage)
  says = async text => {
    const answer = Promise.withResolvers<string>()
    const id = crypto.randomUUID()
    const stop = room.on('delivery', delivery => {
      if (delivery.kind !== 'message' || delivery.message.replyTo !== id) return
      const { author, text: said } = delivery.message
      answer.resolve(`${author.name} [${author.kind}]: ${said}`)
    })
    await room.publish(text, { id })
    const said = await answer.promise
    stop()
    return said
  }
}, 300_000)

afterAll(() => stack.disposeAsync())

/** Publishes to the bot what no chat would. */
async function publish(body: string, properties: Options.Publish): Promise<void> {
  const model = await connect(url)
  const channel = await model.createConfirmChannel()
  channel.publish('chat.commands', 'command.dice', Buffer.from(body), properties)
  await channel.waitForConfirms()
  await model.close()
}

describe('the bot in AMQP.md', () => {
  it('is the one that is tested here', async () => {
    const page = await readFile(new URL('../../AMQP.md', import.meta.url), 'utf8')
    const [, code] = /```python\n([^]*?)```/.exec(page) ?? []
    expect(code).toBe(await readFile(SCRIPT, 'utf8'))
  })

  it('announces itself to a chat that came later and asks', async () => {
    await vi.waitFor(() => {
      expect(announced()).toEqual(['/dice=20'])
    }, 10_000)
  })

  it('answers a command, by its name and by its alias', async () => {
    expect(await says('/dice=1')).toBe('dice [bot]: 1 of 1')
    expect(await says('/d 1')).toBe('dice [bot]: 1 of 1')
    expect(await says('/dice')).toMatch(/^dice \[bot\]: [1-6] of 6$/)
  })

  it('answers what it cannot do with its usage', async () => {
    expect(await says('/dice=-1')).toBe('dice [bot]: Usage: /dice=20')
    expect(await says('/dice=\u{1f3b2}')).toBe('dice [bot]: Usage: /dice=20')
  })

  it('gives up what is late or cannot be read, settles what nobody can be told any more, and goes on', async () => {
    const command = (room: unknown): string =>
      JSON.stringify({ name: 'dice', args: '1', room, author: { id: 'guest:ann', name: 'Ann' } })
    const properties = (messageId: string, deadline = Date.now() + 20_000): Options.Publish => ({
      messageId,
      correlationId: `client-${messageId}`,
      replyTo: 'a log that is gone',
      headers: { 'x-deadline': deadline },
    })
    await publish('{', properties('half'))
    await publish('7', properties('number'))
    await publish('['.repeat(20_000), properties('deep'))
    await publish(command('general'), { messageId: 'orphan', correlationId: 'client-orphan' })
    await publish(command('general'), { correlationId: 'nameless', replyTo: 'a log' })
    await publish(command('general'), properties('late', Date.now() - 1_000))
    await publish(command('general'), properties('homeless'))
    expect(await says('/dice=1')).toBe('dice [bot]: 1 of 1')
    await using letters = amqpDeadLetters({ urls: url })
    const found: [string, string][] = []
    await vi.waitFor(async () => {
      found.length = 0
      for await (const { id, failure } of letters.list('bot.dice.v1.dead')) found.push([id, failure])
      expect(found.length).toBeGreaterThanOrEqual(6)
    }, 10_000)
    expect(found.toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
      ['', 'malformed'],
      ['deep', 'malformed'],
      ['half', 'malformed'],
      ['late', 'expired'],
      ['number', 'malformed'],
      ['orphan', 'malformed'],
    ])
  })
})
