import { type Channel, type ConfirmChannel, connect } from 'amqplib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '@hubbub/hub/amqp'
import { freePort } from '../../../../.config/services/ports.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { through, wire } from '../../../../.config/services/wire.ts'
import {
  type AmqpBroker,
  amqpDeadLetters,
  type AmqpDeadLetters,
  type DeadLetter,
} from '../../src/broker/amqp.ts'
import { commandKey, commandQueue, deadQueue, EXCHANGES } from '../../src/broker/amqp-topology.ts'
import type { Command, Reply } from '../../src/broker/broker.ts'
import { stockBot } from '../support/child.ts'
import { brokerAt, commandTo, replyTo, unique } from './support.ts'

const urls = await shared('rabbitmq')
const closing: (() => Promise<unknown>)[] = []
let name: string
let dead: string
let letters: AmqpDeadLetters
let broker: AmqpBroker

beforeEach(async () => {
  name = unique()
  dead = deadQueue(name)
  letters = own(amqpDeadLetters({ urls }))
  broker = own(brokerAt(urls).broker)
  await broker.connected()
})

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

function own<T extends { close(): Promise<unknown> }>(resource: T): T {
  closing.push(() => resource.close())
  return resource
}

/** A bare channel, as a program in another language has it. */
async function stranger(): Promise<ConfirmChannel> {
  const model = await connect(urls)
  closing.push(() => model.close())
  return model.createConfirmChannel()
}

async function listed(options: Parameters<AmqpDeadLetters['list']>[1] = {}): Promise<DeadLetter[]> {
  const found: DeadLetter[] = []
  for await (const letter of letters.list(dead, options)) found.push(letter)
  return found
}

/** All dead letters, once there are so many. */
async function died(
  count: number,
  options: Parameters<AmqpDeadLetters['list']>[1] = {},
): Promise<DeadLetter[]> {
  return vi.waitFor(async () => {
    const found = await listed(options)
    expect(found).toHaveLength(count)
    return found
  }, 10_000)
}

/** The queue of the command, without anybody who takes from it. */
async function deserted(): Promise<void> {
  const consumer = await broker.onCommand(name, () => Promise.resolve())
  await consumer.stop()
}

/** Publishes without asking whether anybody listens. */
async function publish(body: string, properties: Parameters<Channel['publish']>[3]): Promise<void> {
  const channel = await stranger()
  channel.publish(EXCHANGES.commands, commandKey(name), Buffer.from(body), properties)
  await channel.waitForConfirms()
}

const body = (): string =>
  JSON.stringify({ name, args: 'secret', room: 'general', author: { id: 'u', name: 'U' } })
const properties = (messageId: string, deadline: number) => ({
  messageId,
  correlationId: `client-${messageId}`,
  replyTo: 'log',
  headers: { 'x-deadline': deadline },
})

/** A bot that answers from now on, and what it was given. */
async function answering(log: string): Promise<{ commands: Command[]; replies: Reply[] }> {
  const commands: Command[] = []
  const replies: Reply[] = []
  await broker.onReply({ id: log, durable: false }, async reply => {
    replies.push(reply)
    await Promise.resolve()
  })
  await broker.onCommand(name, async command => {
    commands.push(command)
    await Promise.resolve()
    return replyTo(command)
  })
  await listening()
  return { commands, replies }
}

/** RabbitMQ counts the consumers of a quorum queue a moment late. */
async function listening(): Promise<void> {
  const channel = await stranger()
  await vi.waitFor(async () => {
    expect((await channel.checkQueue(commandQueue(name))).consumerCount).toBe(1)
  }, 5_000)
}

describe('dead letters', () => {
  it('say why they died: poison, expired in the queue or in hand, malformed', async () => {
    const began = Math.floor(Date.now() / 1_000) * 1_000
    await deserted()
    await publish(body(), { ...properties('in the queue', Date.now() + 50), expiration: '50' })
    await died(1)
    await publish(body(), properties('in hand', Date.now() - 1))
    await publish('{', { messageId: 'half' })
    await publish(body(), properties('poison', Date.now() + 20_000))
    await broker.onCommand(name, () => Promise.reject(new Error('never')))
    const found = await died(4)
    expect(Object.fromEntries(found.map(({ id, failure, reason }) => [id, [failure, reason]]))).toEqual({
      'in the queue': ['expired', undefined],
      'in hand': ['expired', 'it came after its deadline'],
      half: ['malformed', 'the body must be JSON (1 bytes that are not)'],
      poison: ['poison', undefined],
    })
    expect(found.find(({ id }) => id === 'poison')).toEqual({
      id: 'poison',
      correlationId: 'client-poison',
      command: name,
      room: 'general',
      failure: 'poison',
      at: expect.any(Number) as number,
      deaths: 1,
    })
    for (const { at } of found) {
      expect(at).toBeGreaterThanOrEqual(began)
      expect(at).toBeLessThanOrEqual(Date.now())
    }
    expect(JSON.stringify(found)).not.toContain('secret')
    const texts = (await listed({ text: true })).map(({ id, text }) => [id, text])
    expect(Object.fromEntries(texts)).toEqual({
      'in the queue': 'secret',
      'in hand': 'secret',
      half: '{',
      poison: 'secret',
    })
  })

  it('of a bot that can only reject say what their message shows', async () => {
    await deserted()
    const channel = await stranger()
    await channel.consume(commandQueue(name), message => {
      if (message) channel.reject(message, false)
    })
    await publish(body(), properties('late', Date.now() - 2_000))
    await publish(body(), properties('refused', Date.now() + 20_000))
    await publish('[]', properties('list', Date.now() + 20_000))
    const found = await died(3)
    expect(Object.fromEntries(found.map(({ id, failure }) => [id, failure]))).toEqual({
      late: 'expired',
      refused: 'poison',
      list: 'malformed',
    })
  })

  it('died when RabbitMQ says so, where a stranger has named a time that is none', async () => {
    const began = Math.floor(Date.now() / 1_000) * 1_000
    await deserted()
    const { headers, ...rest } = properties('forged', Date.now() + 50)
    await publish(body(), { ...rest, headers: { ...headers, 'x-dead-at': 1e300 }, expiration: '50' })
    const [found] = await died(1)
    expect(found?.at).toBeGreaterThanOrEqual(began)
    expect(found?.at).toBeLessThanOrEqual(Date.now())
  })

  it('lie there also where nothing can be published: RabbitMQ puts them there', async () => {
    const full = own(brokerAt(urls, { outbox: { bytes: 1 } }).broker)
    await full.onCommand(name, () => Promise.resolve())
    await publish('{', { messageId: 'half' })
    expect(await died(1)).toMatchObject([{ id: 'half', failure: 'malformed', deaths: 1 }])
  })

  it('outlive the moment at which their command would have ended', async () => {
    await broker.onCommand(name, () => Promise.resolve())
    await publish('{', { messageId: 'half', expiration: '200' })
    await died(1)
    await deserted()
    // Its time is over: the next one, with the same time, has left the queue.
    await publish('{', { messageId: 'next', expiration: '200' })
    expect((await died(2)).map(({ id }) => id).toSorted()).toEqual(['half', 'next'])
  })
})

describe('list', () => {
  it('shows the oldest first, however often, and as many as its limit says', async () => {
    await broker.onCommand(name, () => Promise.resolve())
    const ids = ['1', '2', '3', '4', '5']
    for (const messageId of ids) await publish('{', { messageId })
    await died(5)
    for (let look = 0; look < 25; look += 1) expect((await listed()).map(({ id }) => id)).toEqual(ids)
    expect((await listed({ limit: 3 })).map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect((await listed()).map(({ id }) => id).toSorted()).toEqual(ids)
  })

  it('gives back what it holds when its reader leaves', async () => {
    await broker.onCommand(name, () => Promise.resolve())
    for (const messageId of ['1', '2']) await publish('{', { messageId })
    await died(2)
    for await (const { id } of letters.list(dead)) {
      expect(id).toBe('1')
      break
    }
    await died(2)
  })
})

describe('replay', () => {
  it('sends them again as the same commands, with all of their time', async () => {
    const log = unique()
    const first = await broker.onCommand(name, () => Promise.reject(new Error('never')))
    const command = commandTo(name, {
      replyTo: log,
      deadline: Date.now() + 3_000,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    })
    await broker.send(command)
    await died(1)
    await first.stop()
    const { commands, replies } = await answering(log)
    const before = Date.now()
    expect(await letters.replay(dead)).toEqual({ replayed: 1, left: 0 })
    await vi.waitFor(() => {
      expect(replies.map(({ id }) => id)).toEqual([`re:${command.id}`])
    })
    const [again] = commands
    expect(again).toEqual({ ...command, deadline: again?.deadline })
    expect(again?.deadline).toBeGreaterThanOrEqual(before + 30_000)
    expect(await listed()).toEqual([])
  })

  it('counts how often they died, and does not send twice what dies meanwhile', async () => {
    await broker.onCommand(name, () => Promise.reject(new Error('never')))
    await broker.send(commandTo(name))
    expect(await died(1)).toMatchObject([{ failure: 'poison', deaths: 1 }])
    await listening()
    for (const deaths of [2, 3]) {
      await vi.waitFor(async () => {
        expect(await letters.replay(dead, { ratePerSecond: 1_000 })).toMatchObject({ replayed: 1 })
      })
      expect(await died(1)).toMatchObject([{ failure: 'poison', deaths }])
    }
  })

  it('keeps going until all were sent once, also when they die faster than they are sent', async () => {
    await broker.onCommand(name, () => Promise.resolve())
    const ids = ['1', '2', '3', '4', '5']
    for (const messageId of ids) await publish('{', { messageId })
    await died(5)
    await listening()
    await vi.waitFor(async () => {
      expect(await letters.replay(dead, { ratePerSecond: 100 })).toEqual({ replayed: 5, left: 5 })
    })
    expect((await died(5)).map(({ deaths }) => deaths)).toEqual([2, 2, 2, 2, 2])
  })

  it('waits between two as its rate says, and stops at its limit', async () => {
    const waits: number[] = []
    let later = 0
    // Everything else that waits here waits for longer.
    const clock = {
      now: () => systemClock.now(),
      monotonic: () => systemClock.monotonic() + later,
      setTimer(fire: () => void, ms: number) {
        if (ms >= 1_500) return systemClock.setTimer(fire, ms)
        if (ms > 0) waits.push(ms)
        later += Math.max(0, ms)
        return systemClock.setTimer(fire, 0)
      },
    }
    const slow = own(amqpDeadLetters({ urls, clock }))
    await broker.onCommand(name, () => Promise.resolve())
    for (const messageId of ['1', '2', '3', '4']) await publish('{', { messageId })
    await died(4)
    await listening()
    const began = clock.monotonic()
    expect(await slow.replay(dead, { limit: 3, ratePerSecond: 0.7 })).toMatchObject({ replayed: 3 })
    expect(waits).toHaveLength(2)
    expect(clock.monotonic() - began).toBeGreaterThanOrEqual(2_857)
  })

  it('cut off before it has heard the confirmation keeps the dead letter, and the command is answered once', async () => {
    const log = unique()
    const first = await broker.onCommand(name, () => Promise.reject(new Error('never')))
    const command = commandTo(name, { replyTo: log })
    await broker.send(command)
    await died(1)
    await first.stop()
    const { commands, replies } = await answering(log)
    const line = await wire(urls)
    closing.push(() => line.stop())
    const cut = own(amqpDeadLetters({ urls: through(urls, line) }))
    const BASIC_ACK = Buffer.from([0, 60, 0, 80])
    line.onAnswer = bytes => {
      if (bytes.includes(BASIC_ACK)) line.drop()
    }
    await expect(cut.replay(dead)).rejects.toThrow('the connection to RabbitMQ was lost')
    line.onAnswer = undefined
    await vi.waitFor(() => {
      expect(replies).toHaveLength(1)
    })
    expect(await died(1)).toMatchObject([{ id: command.id, deaths: 1 }])
    expect(await cut.replay(dead)).toEqual({ replayed: 1, left: 0 })
    const other = await broker.onCommand(name, () => Promise.resolve())
    await other.stop()
    // The wire may repeat; what it repeats has the id of the first, and a chat shows that once.
    expect(new Set(replies.map(({ id }) => id))).toEqual(new Set([`re:${command.id}`]))
    expect(new Set(commands.map(({ id }) => id))).toEqual(new Set([command.id]))
  })

  it('refuses while no bot listens: they would only die again', async () => {
    await broker
      .onCommand(name, () => Promise.resolve())
      .then(async consumer => {
        await publish('{', { messageId: 'half' })
        await died(1)
        await consumer.stop()
      })
    const channel = await stranger()
    await vi.waitFor(async () => {
      expect((await channel.checkQueue(commandQueue(name))).consumerCount).toBe(0)
    }, 5_000)
    await expect(letters.replay(dead)).rejects.toThrow(
      `no bot takes commands from ${commandQueue(name)} at the moment: start one first`,
    )
    await died(1)
  })

  it('keeps what no queue takes, and says so', async () => {
    await broker.onCommand(name, () => Promise.resolve())
    await publish('{', { messageId: 'half' })
    await died(1)
    await listening()
    const channel = await stranger()
    await channel.unbindQueue(commandQueue(name), EXCHANGES.commands, commandKey(name))
    await expect(letters.replay(dead)).rejects.toThrow(`no queue takes ${commandKey(name)}`)
    await died(1)
  })

  it('ends when it is told to, or closed', async () => {
    await broker.onCommand(name, () => Promise.resolve())
    for (const messageId of ['1', '2', '3']) await publish('{', { messageId })
    await died(3)
    await listening()
    const enough = new AbortController()
    const told = letters.replay(dead, { ratePerSecond: 0.001, signal: enough.signal })
    enough.abort(new Error('enough'))
    await expect(told).rejects.toThrow('enough')
    const doomed = amqpDeadLetters({ urls })
    const cut = doomed.replay(dead, { ratePerSecond: 0.001 })
    await Promise.all([doomed.close(), expect(cut).rejects.toThrow(/closed|lost/)])
    await expect(doomed.purge(dead)).rejects.toThrow('the dead letters are closed')
  })
})

describe('purge', () => {
  it('deletes all, and says how many', async () => {
    await broker.onCommand(name, () => Promise.resolve())
    for (const messageId of ['1', '2']) await publish('{', { messageId })
    await died(2)
    expect(await letters.purge(dead)).toEqual({ purged: 2 })
    expect(await letters.purge(dead)).toEqual({ purged: 0 })
  })
})

describe('amqpDeadLetters', () => {
  it('rejects with 404 where there is no such queue, and goes on', async () => {
    const nowhere = `${dead}.nowhere`
    const codes = [
      letters.purge(nowhere),
      letters.replay(nowhere),
      letters.list(nowhere)[Symbol.asyncIterator]().next(),
    ].map(work => expect(work).rejects.toMatchObject({ code: 404 }))
    await Promise.all(codes)
    await deserted()
    expect(await letters.purge(dead)).toEqual({ purged: 0 })
  })

  it('says why no address can be reached, and leaves nothing open', async () => {
    const [one, two] = await freePort(2)
    const lost = own(amqpDeadLetters({ urls: [`amqp://127.0.0.1:${one}`, `amqp://127.0.0.1:${two}`] }))
    await expect(lost.purge(dead)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(lost.list(dead)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    })
  })

  it('refuses what is out of range, naming it', async () => {
    expect(() => amqpDeadLetters({ urls: [] })).toThrow('urls must hold at least one address')
    expect(() => amqpDeadLetters({ urls, timeout: 0 })).toThrow(
      'timeout must be an integer from 1 to 3600000, got 0',
    )
    await expect(letters.replay(dead, { limit: 1.5 })).rejects.toThrow(
      'limit must be an integer from 1 to 1000000, got 1.5',
    )
    await expect(letters.replay(dead, { ratePerSecond: 0 })).rejects.toThrow(
      'ratePerSecond must be a number from 0.001 to 10000, got 0',
    )
    await expect(letters.list(dead, { limit: 0 })[Symbol.asyncIterator]().next()).rejects.toThrow(
      'limit must be',
    )
  })
})

describe('stock-bot dlq', () => {
  it('lists, replays and purges what lies on a real RabbitMQ', async () => {
    const run = async (...args: string[]) => {
      await using child = stockBot(['dlq', ...args], { AMQP_URL: urls })
      return { code: await child.ended, out: child.out(), err: child.err() }
    }
    const consumer = await broker.onCommand(name, () => Promise.resolve())
    await publish('{', { messageId: 'half' })
    await died(1)
    const shown = await run('list', name)
    expect(shown).toMatchObject({ code: 0, err: '' })
    expect(shown.out).toMatch(new RegExp(`malformed +died once +/${name} .* half .*JSON`))
    await listening()
    expect(await run('replay', name)).toMatchObject({ code: 0, err: '' })
    await died(1)
    await consumer.stop()
    await vi.waitFor(async () => {
      expect(await run('replay', name)).toEqual({
        code: 1,
        out: '',
        err: `Nothing more is done: no bot takes commands from ${commandQueue(name)} at the moment: start one first.\n`,
      })
    }, 10_000)
    expect(await run('purge', name, '--yes')).toEqual({ code: 0, out: '1 deleted\n', err: '' })
  })
})
