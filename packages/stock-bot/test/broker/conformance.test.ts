import { describe, expect, it } from 'vitest'
import { type Broker, BrokerError, type Command } from '../../src/broker/broker.ts'
import { describeBroker } from '../../src/testing/index.ts'
import { memoryHarness } from '../support/memory-harness.ts'

describeBroker({ describe, it }, 'memory', () => memoryHarness(), { full: true })

/** A broker like another, but for what is given. */
const like = (broker: Broker, changes: Partial<Broker>): Broker => ({
  send: command => broker.send(command),
  commands: () => broker.commands(),
  announce: commands => broker.announce(commands),
  onCommand: (name, handler, options) => broker.onCommand(name, handler, options),
  onReply: (address, handler) => broker.onReply(address, handler),
  close: () => broker.close(),
  get state() {
    return broker.state
  },
  ...changes,
})

/** Brokers that break one promise each, and a case that must find it. */
const broken: readonly { fault: string; finds: string; twist: (broker: Broker) => Broker }[] = [
  {
    fault: 'takes commands that nobody listens to',
    finds: 'refuses a command with no-bot at once when nobody listens',
    twist: broker =>
      like(broker, {
        send: command =>
          broker.send(command).catch((error: unknown) => {
            if (!(error instanceof BrokerError) || error.code !== 'no-bot') throw error
          }),
      }),
  },
  {
    fault: 'acknowledges what was rejected',
    finds: 'gives a rejected command to a bot again, the same one',
    twist: broker =>
      like(broker, {
        onCommand: (name, handler, options) =>
          broker.onCommand(
            name,
            async (command, context) => {
              try {
                return await handler(command, context)
              } catch {
                return undefined
              }
            },
            options,
          ),
      }),
  },
  {
    fault: 'never gives a command up',
    finds: 'gives a command up after 3 redeliveries, and goes on with the next',
    twist: broker =>
      like(broker, {
        onCommand: (name, handler, options) =>
          broker.onCommand(
            name,
            async (command, context) => {
              for (;;) {
                try {
                  return await handler(command, context)
                } catch (error) {
                  if (context.signal.aborted) throw error
                }
              }
            },
            options,
          ),
      }),
  },
  {
    fault: 'ignores the prefetch',
    finds: 'has at most `prefetch` commands in hand, and the next when one is settled',
    twist: broker =>
      like(broker, {
        onCommand: (name, handler) => broker.onCommand(name, handler, { prefetch: 100 }),
      }),
  },
  {
    fault: 'delivers everything twice',
    finds: 'never delivers again what was settled',
    twist: broker =>
      like(broker, {
        send: async command => {
          await broker.send(command)
          await broker.send(command)
        },
      }),
  },
  {
    fault: 'hides the deadline from the handler',
    finds: "aborts the signal at the command's deadline, and carries no reply after it",
    twist: broker =>
      like(broker, {
        onCommand: (name, handler, options) =>
          broker.onCommand(
            name,
            command => handler(command, { signal: new AbortController().signal }),
            options,
          ),
      }),
  },
  {
    fault: 'takes more commands than it has room for, and loses them',
    finds: 'refuses a command for which too many wait, and delivers each that it took once',
    twist: broker => like(broker, { send: command => broker.send(command).catch(() => undefined) }),
  },
  {
    fault: 'says for ever that a command is wanted',
    finds: 'tells a handler that asks late that the deadline has passed',
    twist: broker =>
      like(broker, {
        onCommand: (name, handler, options) =>
          broker.onCommand(
            name,
            (command, context) => handler(command, { aborted: false, signal: context.signal }),
            options,
          ),
      }),
  },
  {
    fault: 'lets deadlines pass',
    finds: 'never delivers a command whose deadline has passed while it waited',
    twist: broker =>
      like(broker, { send: command => broker.send({ ...command, deadline: command.deadline + 60_000 }) }),
  },
  {
    fault: 'loses the trace context',
    finds: 'hands a command over as it was sent',
    twist: broker =>
      like(broker, {
        send: command =>
          broker.send(
            Object.fromEntries(
              Object.entries(command).filter(([key]) => key !== 'traceparent'),
            ) as unknown as Command,
          ),
      }),
  },
  {
    fault: 'throws away a reply that was not taken',
    finds: 'tries a reply again until it is taken, more often than a command',
    twist: broker =>
      like(broker, {
        onReply: (address, handler) =>
          broker.onReply(address, reply => handler(reply).catch(() => undefined)),
      }),
  },
  {
    fault: 'forgets the replies of a durable log that nobody listens for',
    finds: 'keeps replies for a durable log that nobody listens for at the moment',
    twist: broker =>
      like(broker, {
        onReply: (address, handler) => broker.onReply({ ...address, durable: false }, handler),
      }),
  },
  {
    fault: 'gives each reply to every consumer',
    finds: 'gives each reply to one of the consumers of a log',
    twist: broker => {
      const handlers = new Set<Parameters<Broker['onReply']>[1]>()
      return like(broker, {
        onReply: (address, handler) => {
          handlers.add(handler)
          return broker.onReply(address, async reply => {
            for (const each of handlers) await each(reply)
          })
        },
      })
    },
  },
  {
    fault: 'stops without waiting for what is in hand',
    finds: 'stop() takes no more, and resolves when what is in hand is settled and its reply confirmed',
    twist: broker =>
      like(broker, {
        onCommand: async (name, handler, options) => {
          const consumer = await broker.onCommand(name, handler, options)
          return {
            stop: async () => {
              void consumer.stop()
              await Promise.resolve()
            },
          }
        },
      }),
  },
  {
    fault: 'hangs after close()',
    finds: 'settles every call after close()',
    twist: broker => {
      let closed = false
      return like(broker, {
        close: () => {
          closed = true
          return broker.close()
        },
        send: command => (closed ? new Promise<void>(() => undefined) : broker.send(command)),
      })
    },
  },
]

describe('the conformance suite for brokers', () => {
  for (const { fault, finds, twist } of broken)
    it(`finds a broker that ${fault}`, async () => {
      const cases = new Map<string, () => Promise<void>>()
      describeBroker(
        { describe: (_, body) => body(), it: (name, body) => cases.set(name, body) },
        'broken',
        () => memoryHarness(twist),
        { full: true },
      )
      const found = cases.get(finds)
      expect(found).toBeDefined()
      await expect(found?.()).rejects.toThrow(/in vain|Expected values/)
    })
})
