import { createHub } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { listen } from '@hubbub/hub/ws'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { rabbitmq, type RabbitMq } from '../../../../.config/services/rabbitmq.ts'
import { createBot } from '../../src/bot.ts'
import { defineCommand } from '../../src/command.ts'
import { commands } from '../../src/commands.ts'
import { brokerAt, commandTo, outcomeOf, replyTo, unique, watchedClock } from './support.ts'

let rabbit: RabbitMq

// The first run on a machine installs the broker; every other one starts it, which takes about 7 s.
beforeAll(async () => {
  rabbit = await rabbitmq({ own: true })
}, 600_000)

afterAll(async () => {
  await rabbit.stop()
})

describe('a broker that takes no messages', () => {
  it('costs users a refusal each and no answer, lets the chat go on, and has nothing grow', async () => {
    await using stack = new AsyncDisposableStack()
    const chat = stack.use(brokerAt(rabbit.url, { name: 'chat' }).broker)
    const { broker, events } = brokerAt(rabbit.url, { name: 'bot' })
    stack.use(broker)
    const held = Promise.withResolvers<void>()
    const slow = defineCommand({
      name: 'slow',
      run: async ({ text }) => {
        if (text === 'held') await held.promise
        return `done ${text}`
      },
    })
    stack.use(await createBot({ broker, name: 'bot', commands: [slow] }).start())
    const hub = createHub()
    stack.defer(() => hub.close({ windowMs: 0 }))
    hub.use(commands({ broker: chat }))
    const { url } = await listen(hub, { port: 0 })
    const ann = stack.use(createClient({ url, name: 'ann' }))
    const room = ann.join('general')
    const texts: string[] = []
    room.on('delivery', delivery => {
      if (delivery.kind === 'message') texts.push(delivery.message.text)
    })
    const says = (text: string): Promise<string> =>
      room.publish(text).then(
        ({ kind }) => kind,
        (error: Error & { code?: string }) => `${error.code}: ${error.message}`,
      )
    await chat.connected()
    await vi.waitFor(async () => {
      expect(await says('/slow first')).toBe('command')
    }, 10_000)
    expect(await says('/slow held')).toBe('command')

    await rabbit.ctl('set_vm_memory_high_watermark', '0')
    // The alarm comes a moment after the command that causes it: what is published in between would pass.
    await vi.waitFor(async () => {
      expect(await rabbit.ctl('eval', 'rabbit_alarm:get_alarms().')).toContain('memory')
    }, 20_000)
    // RabbitMQ tells only who publishes: what is under way by then waits for it.
    const unlucky: Promise<string>[] = []
    await vi.waitFor(
      () => {
        unlucky.push(says(`/slow unlucky ${unlucky.length}`))
        expect(chat.stats().publishing.blocked).toContain('memory')
      },
      { timeout: 10_000, interval: 250 },
    )
    held.resolve()
    await vi.waitFor(() => {
      expect(events).toContainEqual(expect.objectContaining({ type: 'blocked', connection: 'bot: publish' }))
    }, 10_000)
    expect([chat.state, broker.state]).toEqual(['open', 'open'])
    const waiting = () => {
      const { waiting, waitingBytes } = chat.stats().publishing
      return { waiting, waitingBytes }
    }
    const before = waiting()
    expect(before.waiting).toBeLessThanOrEqual(unlucky.length + 1)
    for (let round = 0; round < 20; round += 1) {
      const answers = await Promise.all(Array.from({ length: 25 }, (_, i) => says(`/slow ${round}.${i}`)))
      expect(new Set(answers)).toEqual(new Set(['unavailable: Bots are unreachable, try again.']))
    }
    expect(waiting()).toEqual(before)
    expect(broker.stats().publishing.waiting).toBeLessThanOrEqual(unlucky.length + 2)
    expect(await says('hello')).toBe('message')

    await rabbit.ctl('set_vm_memory_high_watermark', 'absolute', '512MB')
    // The last of them may have come when it was known.
    const taken = (await Promise.all(unlucky)).filter(outcome => outcome === 'command')
    expect(taken.length).toBeGreaterThanOrEqual(unlucky.length - 1)
    const answered = Array.from(taken, (_, i) => `done unlucky ${i}`)
    await vi.waitFor(() => {
      expect(texts.toSorted()).toEqual(['done first', 'done held', ...answered, 'hello'].toSorted())
    }, 10_000)
    await vi.waitFor(async () => {
      expect(await says('/slow last')).toBe('command')
    }, 10_000)
    await vi.waitFor(() => {
      expect([waiting().waiting, broker.stats().publishing.waiting]).toEqual([0, 0])
    })
  }, 60_000)
})

describe('a broker that is killed and returns', () => {
  it('answers every command that it had accepted, once, and leaves nothing unsettled', async () => {
    const name = unique()
    const log = unique()
    const hub = brokerAt(rabbit.url, { name: 'hub' }).broker
    const bot = brokerAt(rabbit.url, { name: 'bot' }).broker
    await Promise.all([hub.connected(), bot.connected()])
    const answered = new Map<string, number>()
    await hub.onReply({ id: log, durable: true }, async ({ id }) => {
      answered.set(id, (answered.get(id) ?? 0) + 1)
      await Promise.resolve()
    })
    const runs = new Map<string, number>()
    await bot.onCommand(
      name,
      command => {
        runs.set(command.id, (runs.get(command.id) ?? 0) + 1)
        return Promise.resolve(replyTo(command))
      },
      { prefetch: 64 },
    )
    await bot.announce([{ name, aliases: [], usage: `/${name}`, description: '', bot: 'bot' }])

    const accepted = new Set<string>()
    const outcomes: Promise<void>[] = []
    const seen: Record<string, number> = {}
    let sent = 0
    const send = () => {
      sent += 1
      const command = commandTo(name, { replyTo: log, deadline: Date.now() + 25_000 })
      outcomes.push(
        outcomeOf(hub.send(command)).then(outcome => {
          seen[String(outcome)] = (seen[String(outcome)] ?? 0) + 1
          if (outcome === 'resolved') accepted.add(`re:${command.id}`)
        }),
      )
    }
    const load = setInterval(send, 10)
    // RabbitMQ 3.10 may lose the leader of a quorum queue that is younger than some seconds.
    await vi.waitFor(() => {
      expect(accepted.size).toBeGreaterThan(450)
    }, 15_000)
    await rabbit.kill()
    await vi.waitFor(() => {
      expect(hub.state).not.toBe('closed')
    })
    // While it is down, people are told at once.
    const before = performance.now()
    expect(await outcomeOf(hub.send(commandTo(name, { replyTo: log })))).toBe('unavailable')
    expect(performance.now() - before).toBeLessThan(100)
    await rabbit.start()
    const restarted = performance.now()
    const atRestart = accepted.size
    await vi.waitFor(() => {
      expect(accepted.size).toBeGreaterThan(atRestart)
    }, 5_000)
    expect(performance.now() - restarted).toBeLessThan(2_500)
    await vi.waitFor(() => {
      expect(accepted.size).toBeGreaterThan(atRestart + 100)
    }, 5_000)
    clearInterval(load)

    await Promise.all(outcomes)
    expect(Object.values(seen).reduce((sum, count) => sum + count, 0)).toBe(sent)
    await vi.waitFor(() => {
      expect([...accepted].filter(id => !answered.has(id))).toEqual([])
    }, 10_000)
    // The wire may repeat; each repeat has the id of the first, and a log shows it once.
    expect([...answered.keys()].filter(id => !id.startsWith('re:'))).toEqual([])
    expect([...runs.values()].filter(count => count > 1)).toEqual([])
    expect(hub.commands().map(info => info.name)).toContain(name)
    expect([hub.state, bot.state]).toEqual(['closed', 'closed'])
    await Promise.all([hub.close(), bot.close()])
    expect(hub.stats().publishing.waiting + bot.stats().publishing.waiting).toBe(0)
  }, 60_000)
})

describe('close()', () => {
  it('leaves no socket and no timer, also while RabbitMQ is gone', async () => {
    const { clock, pending } = watchedClock()
    const up = brokerAt(rabbit.url, { clock }).broker
    await up.connected()
    await up.onCommand(unique(), () => Promise.resolve())
    await up.onReply({ id: unique(), durable: false }, () => Promise.resolve())
    await up.announce([])
    const doomed = brokerAt(rabbit.url, { clock }).broker
    await doomed.connected()
    await doomed.onCommand(unique(), () => Promise.resolve())
    await up.close()
    await rabbit.kill()
    const orphan = brokerAt(rabbit.url, { clock, subscribeTimeout: 10 }).broker
    const consumer = await orphan.onCommand(unique(), () => Promise.resolve())
    await Promise.all([doomed.close(), orphan.close(), orphan.close()])
    await consumer.stop()
    expect(pending()).toBe(0)
    await vi.waitFor(() => {
      expect(sockets()).toEqual([])
    })
  })
})

const sockets = (): string[] =>
  process.getActiveResourcesInfo().filter(kind => ['TCPSocketWrap', 'ConnectWrap'].includes(kind))
