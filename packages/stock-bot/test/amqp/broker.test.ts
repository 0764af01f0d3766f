import { connect } from 'amqplib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../../../.config/services/ports.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { through, wire, type Wire } from '../../../../.config/services/wire.ts'
import type { AmqpBroker } from '../../src/broker/amqp.ts'
import { commandQueue, EXCHANGES, replyQueue } from '../../src/broker/amqp-topology.ts'
import type { Reply } from '../../src/broker/broker.ts'
import { deadLetters } from './dead-letters.ts'
import { brokerAt, commandTo, outcomeOf, replyTo, watchedClock, unique } from './support.ts'

const url = await shared('rabbitmq')
const open: AmqpBroker[] = []
let line: Wire
let name: string
let log: string

beforeEach(async () => {
  name = unique()
  log = unique()
  line = await wire(url)
})

afterEach(async () => {
  await Promise.all(open.splice(0).map(broker => broker.close()))
  await line.stop()
})

async function start(...args: Parameters<typeof brokerAt>) {
  const made = brokerAt(...args)
  open.push(made.broker)
  await made.broker.connected()
  return made
}

/** A bare connection, as a program in another language has it. */
async function stranger<T>(work: (channel: Awaited<ReturnType<typeof channelOf>>['channel']) => Promise<T>) {
  const { model, channel } = await channelOf()
  try {
    return await work(channel)
  } finally {
    await model.close()
  }
}

async function channelOf() {
  const model = await connect(url)
  return { model, channel: await model.createConfirmChannel() }
}

describe('send', () => {
  it('refuses with no-bot where no bot has ever been', async () => {
    const { broker } = await start(url)
    expect(await outcomeOf(broker.send(commandTo(name)))).toBe('no-bot')
  })

  it('refuses with no-bot where the queue has outlived its bots', async () => {
    const { clock, pass } = watchedClock()
    const { broker } = await start(url, { clock })
    const consumer = await broker.onCommand(name, () => Promise.resolve())
    expect(await outcomeOf(broker.send(commandTo(name)))).toBe('resolved')
    await consumer.stop()
    // RabbitMQ counts the consumers of a quorum queue a moment late.
    await vi.waitFor(async () => {
      pass(1_000)
      expect(await outcomeOf(broker.send(commandTo(name)))).toBe('no-bot')
    })
  })

  it('refuses with no-bot where a bot listens to a queue that nothing leads to', async () => {
    const { broker } = await start(url)
    await broker.onCommand(name, () => Promise.resolve())
    await stranger(channel => channel.unbindQueue(commandQueue(name), EXCHANGES.commands, `command.${name}`))
    expect(await outcomeOf(broker.send(commandTo(name)))).toBe('no-bot')
  })

  it('refuses at once while the connection is down, and works again when it is back', async () => {
    const { broker } = await start(through(url, line))
    const commands: string[] = []
    await broker.onCommand(name, async ({ args }) => {
      commands.push(args)
      await Promise.resolve()
    })
    line.cut()
    await vi.waitFor(() => {
      expect(broker.state).not.toBe('closed')
    })
    const before = performance.now()
    expect(await outcomeOf(broker.send(commandTo(name)))).toBe('unavailable')
    expect(performance.now() - before).toBeLessThan(100)
    line.mend()
    await broker.connected()
    await vi.waitFor(async () => {
      expect(await outcomeOf(broker.send(commandTo(name, { args: 'back' })))).toBe('resolved')
    }, 5_000)
    await vi.waitFor(() => {
      expect(commands).toEqual(['back'])
    })
  })

  it('keeps a command that was written but not confirmed, and it is worked on once', async () => {
    const hub = await start(through(url, line), { name: 'hub' })
    const bot = await start(url, { name: 'bot' })
    const seen: string[] = []
    await bot.broker.onCommand(name, async ({ id }) => {
      seen.push(id)
      await Promise.resolve()
    })
    const first = commandTo(name)
    // Asks and remembers, so that the next answer from the broker is the confirmation.
    expect(await outcomeOf(hub.broker.send(first))).toBe('resolved')
    line.onAnswer = () => {
      line.onAnswer = undefined
      line.drop()
    }
    const second = commandTo(name)
    expect(await outcomeOf(hub.broker.send(second))).toBe('resolved')
    expect(hub.broker.stats().publishing.repeated).toBe(1)
    const last = commandTo(name)
    await vi.waitFor(async () => {
      expect(await outcomeOf(hub.broker.send(last))).toBe('resolved')
    }, 5_000)
    await vi.waitFor(() => {
      expect(seen).toContain(last.id)
    })
    expect(seen).toEqual([first.id, second.id, last.id])
  })

  it('says of a dead address which one it is, keeps trying, and never shows the password', async () => {
    const [dead] = await freePort(1)
    const { broker, events } = brokerAt(`amqp://ann:s3cret@127.0.0.1:${dead}`, { subscribeTimeout: 50 })
    open.push(broker)
    expect(await outcomeOf(broker.send(commandTo(name)))).toBe('unavailable')
    const consumer = await broker.onCommand(name, () => Promise.resolve())
    await vi.waitFor(() => {
      expect(broker.stats().publishing.failures).toBeGreaterThan(2)
    })
    expect(events.find(({ type }) => type === 'down')).toMatchObject({ host: `amqp://127.0.0.1:${dead}` })
    expect(events.map(event => ('error' in event ? event.error.stack : '')).join()).not.toContain('s3cret')
    await consumer.stop()
  })
})

describe('commands', () => {
  it('are given to another bot when the one that has them loses its connection', async () => {
    const doomed = await start(through(url, line), { name: 'doomed' })
    const hub = await start(url, { name: 'hub' })
    const got = Promise.withResolvers<void>()
    const never = Promise.withResolvers<void>()
    await doomed.broker.onCommand(name, () => {
      got.resolve()
      return never.promise
    })
    const command = commandTo(name)
    await hub.broker.send(command)
    await got.promise
    const seen: string[] = []
    await hub.broker.onCommand(name, async ({ id }) => {
      seen.push(id)
      await Promise.resolve()
    })
    line.cut()
    await vi.waitFor(() => {
      expect(seen).toEqual([command.id])
    }, 5_000)
    never.resolve()
  })

  it('that come again while they are worked on are not worked on twice', async () => {
    const bot = await start(through(url, line), { name: 'bot' })
    const hub = await start(url, { name: 'hub' })
    const replies: Reply[] = []
    await hub.broker.onReply({ id: log, durable: false }, async reply => {
      replies.push(reply)
      await Promise.resolve()
    })
    const got = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    let runs = 0
    await bot.broker.onCommand(name, async command => {
      runs += 1
      got.resolve()
      await go.promise
      return replyTo(command)
    })
    await hub.broker.send(commandTo(name, { replyTo: log }))
    await got.promise
    line.drop()
    // The bot is back and has the command again; the first run of it answers for both.
    await vi.waitFor(async () => {
      expect(bot.broker.stats().consuming.connects).toBe(2)
      expect(await unacknowledged()).toBe(0)
    }, 5_000)
    go.resolve()
    await vi.waitFor(() => {
      expect(replies).toHaveLength(1)
    })
    expect(runs).toBe(1)
  })

  it('that nobody can read are dead letters, and the next one goes on', async () => {
    const { broker, events } = await start(url)
    const seen: string[] = []
    await broker.onCommand(name, async ({ args }) => {
      seen.push(args)
      await Promise.resolve()
    })
    await stranger(async channel => {
      const key = `command.${name}`
      channel.publish(EXCHANGES.commands, key, Buffer.from('{'), { messageId: 'half' })
      const properties = { correlationId: 'c', replyTo: 'l' }
      for (const [messageId, named] of Object.entries({ nobody: name, other: 'x' }))
        channel.publish(
          EXCHANGES.commands,
          key,
          Buffer.from(JSON.stringify({ name: named, args: '', room: 'r' })),
          { ...properties, messageId },
        )
      await channel.waitForConfirms()
    })
    await broker.send(commandTo(name, { args: 'good' }))
    await vi.waitFor(() => {
      expect(seen).toEqual(['good'])
    })
    await vi.waitFor(async () => {
      expect((await deadLetters(url, name)).toSorted()).toEqual(['half', 'nobody', 'other'])
    })
    expect(broker.stats().malformed).toBe(3)
    expect(events.flatMap(event => (event.type === 'malformed' ? [event.reason] : []))).toEqual([
      'the body must be JSON (1 bytes that are not)',
      'author must be an object with id and name',
      `name must be ${name}, as the queue is for`,
    ])
  })

  it('whose answer nobody can take any more are settled, and counted', async () => {
    const { broker, events } = await start(url)
    await broker.onCommand(name, command => Promise.resolve(replyTo(command)))
    await broker.send(commandTo(name, { replyTo: log }))
    await vi.waitFor(() => {
      expect(broker.stats().returnedReplies).toBe(1)
    })
    expect(events.at(-1)).toMatchObject({ type: 'reply-returned', to: log })
    await vi.waitFor(async () => {
      expect(await unacknowledged()).toBe(0)
    })
  })

  it('can be carried and answered by a program that knows AMQP.md only', async () => {
    const { broker } = await start(url)
    const replies: Reply[] = []
    await broker.onReply({ id: log, durable: false }, async reply => {
      replies.push(reply)
      await Promise.resolve()
    })
    const model = await connect(url)
    const channel = await model.createConfirmChannel()
    const queue = `bot.${name}.v1`
    await channel.assertQueue(queue, {
      durable: true,
      arguments: {
        'x-queue-type': 'quorum',
        'x-delivery-limit': 3,
        'x-message-ttl': 30_000,
        'x-max-length': 10_000,
        'x-overflow': 'reject-publish',
        'x-dead-letter-exchange': 'chat.dlx',
        'x-dead-letter-strategy': 'at-least-once',
      },
    })
    await channel.bindQueue(queue, 'chat.commands', `command.${name}`)
    const message = Promise.withResolvers<{ body: unknown; properties: unknown }>()
    await channel.consume(queue, given => {
      if (!given) return
      message.resolve({ body: JSON.parse(given.content.toString()), properties: given.properties })
      channel.publish(
        'chat.replies',
        String(given.properties.replyTo),
        Buffer.from('{"room":"general","text":"hi","author":{"id":"bot:py","name":"py"}}'),
        {
          messageId: `re:${given.properties.messageId}`,
          correlationId: String(given.properties.correlationId),
        },
      )
      channel.ack(given)
    })
    const command = commandTo(name, {
      replyTo: log,
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    })
    await broker.send(command)
    const { body, properties } = await message.promise
    expect(body).toEqual({
      name,
      args: 'AAPL.US',
      room: 'general',
      author: { id: 'guest:ann', name: 'Ann' },
    })
    expect(properties).toMatchObject({
      messageId: command.id,
      correlationId: command.commandId,
      replyTo: log,
      type: 'chat.command.v1',
      appId: 'hubbub',
      contentType: 'application/json',
      deliveryMode: 2,
      headers: { 'x-deadline': command.deadline, traceparent: command.traceparent },
    })
    await vi.waitFor(() => {
      expect(replies).toEqual([
        {
          id: `re:${command.id}`,
          commandId: command.commandId,
          room: 'general',
          text: 'hi',
          author: { id: 'bot:py', name: 'py' },
          to: log,
        },
      ])
    })
    await model.close()
  })

  /** Commands that some consumer has and has not settled: what is left after they are all given back. */
  async function unacknowledged(): Promise<number> {
    const { messageCount } = await stranger(channel => channel.checkQueue(commandQueue(name)))
    return messageCount
  }
})

describe('replies', () => {
  it('of a log that is gone have no queue; of a durable one they wait', async () => {
    const { broker } = await start(url)
    const memory = await broker.onReply({ id: log, durable: false }, () => Promise.resolve())
    const durable = await broker.onReply({ id: `${log}-d`, durable: true }, () => Promise.resolve())
    await Promise.all([memory.stop(), durable.stop()])
    const { messageCount } = await stranger(channel => channel.checkQueue(replyQueue(`${log}-d`)))
    expect(messageCount).toBe(0)
    const model = await connect(url)
    const channel = await model.createChannel()
    channel.on('error', () => undefined)
    await expect(channel.checkQueue(replyQueue(log))).rejects.toThrow('404')
    await model.close()
  })

  it('find their log again after its connection was lost', async () => {
    const hub = await start(through(url, line), { name: 'hub' })
    const bot = await start(url, { name: 'bot' })
    const texts: string[] = []
    await hub.broker.onReply({ id: log, durable: false }, async ({ text }) => {
      texts.push(text)
      await Promise.resolve()
    })
    await bot.broker.onCommand(name, command => Promise.resolve(replyTo(command)))
    line.drop()
    await vi.waitFor(async () => {
      expect(await outcomeOf(hub.broker.send(commandTo(name, { replyTo: log, args: 'x' })))).toBe('resolved')
      expect(texts).toContain('re x')
    }, 10_000)
  })

  it('that are not replies are dropped and counted', async () => {
    const { broker } = await start(url)
    const texts: string[] = []
    await broker.onReply({ id: log, durable: true }, async ({ text }) => {
      texts.push(text)
      await Promise.resolve()
    })
    const body = Buffer.from('{"room":"r","text":"t","author":{"id":"bot:b","name":"b"}}')
    await stranger(async channel => {
      channel.publish(EXCHANGES.replies, log, body, { messageId: 'free', correlationId: 'c' })
      channel.publish(EXCHANGES.replies, log, body, { messageId: 're:1', correlationId: 'c' })
      await channel.waitForConfirms()
    })
    await vi.waitFor(() => {
      expect(texts).toEqual(['t'])
    })
    expect(broker.stats().malformed).toBe(1)
  })
})

describe('announcements', () => {
  it('reach a hub that starts after the bot, and one that starts before', async () => {
    const info = { name, aliases: ['q'], usage: `/${name}=1`, description: 'Probes.', bot: 'probe' }
    const before = await start(url, { name: 'before' })
    const bot = await start(url, { name: 'bot' })
    await bot.broker.announce([info])
    const after = await start(url, { name: 'after' })
    for (const { broker } of [before, after])
      await vi.waitFor(() => {
        expect(broker.commands()).toContainEqual(info)
      })
  })

  it('are one list until something changes: a chat looks at it for every message', async () => {
    const hub = await start(url, { name: 'hub' })
    const bot = await start(url, { name: 'bot' })
    await bot.broker.announce([{ name, aliases: [], usage: '', description: '', bot: 'b' }])
    await vi.waitFor(() => {
      expect(hub.broker.commands().map(each => each.name)).toContain(name)
    })
    const listed = hub.broker.commands()
    expect(hub.broker.commands()).toBe(listed)
    const other = unique()
    await bot.broker.announce([{ name: other, aliases: [], usage: '', description: '', bot: 'b' }])
    await vi.waitFor(() => {
      expect(hub.broker.commands().map(each => each.name)).toContain(other)
    })
    expect(listed.map(each => each.name)).not.toContain(other)
  })

  it('are forgotten when nobody has repeated them for some minutes', async () => {
    const { clock, pass } = watchedClock()
    const hub = await start(url, { name: 'hub', clock })
    const bot = await start(url, { name: 'bot' })
    const own = await bot.broker.announce([{ name, aliases: [], usage: '', description: '', bot: 'b' }])
    await vi.waitFor(() => {
      expect(hub.broker.commands().map(each => each.name)).toContain(name)
    })
    await own.stop()
    pass(180_000)
    expect(hub.broker.commands().map(each => each.name)).not.toContain(name)
  })

  it('of strangers cannot fill the list with rubbish', async () => {
    const { broker } = await start(url)
    const good = unique()
    const many = Array.from({ length: 30 }, (_, place) => `alias${place}`)
    const commands = [{ name: 'Bad Name' }, 7, { name: good, aliases: ['UP', ...many], usage: 5 }]
    await stranger(async channel => {
      const publish = (body: string) =>
        channel.publish(EXCHANGES.bots, '', Buffer.from(body), { type: 'chat.bots.announce.v1' })
      publish('{')
      publish('{"commands":"all"}')
      publish(JSON.stringify({ commands }))
      await channel.waitForConfirms()
    })
    await vi.waitFor(() => {
      expect(broker.commands().filter(each => each.name === good)).toEqual([
        { name: good, aliases: many.slice(0, 20), usage: '', description: '', bot: '' },
      ])
    })
    expect(broker.commands().map(each => each.name)).not.toContain('Bad Name')
  })
})
