import { systemClock } from '@hubbub/hub/amqp'
import { type AmqpBroker, amqpBroker, type AmqpBrokerOptions } from '../../src/broker/amqp.ts'
import type { AmqpBrokerEvent } from '../../src/broker/amqp-events.ts'
import type { Command, Reply } from '../../src/broker/broker.ts'

/** A command name or log id that no other test uses. */
export const unique = (): string => `t${crypto.randomUUID().replaceAll('-', '').slice(0, 20)}`

export function commandTo(name: string, changes: Partial<Command> = {}): Command {
  const id = unique()
  return {
    id,
    commandId: `client-${id}`,
    name,
    args: 'AAPL.US',
    room: 'general',
    author: { id: 'guest:ann', name: 'Ann' },
    replyTo: 'log',
    deadline: Date.now() + 20_000,
    ...changes,
  }
}

export function replyTo(command: Command, text = `re ${command.args}`): Reply {
  return {
    id: `re:${command.id}`,
    commandId: command.commandId,
    room: command.room,
    text,
    author: { id: 'bot:probe', name: 'probe' },
    to: command.replyTo,
  }
}

/** A broker with what it tells. */
export function brokerAt(urls: string, options: Partial<AmqpBrokerOptions> = {}) {
  const events: AmqpBrokerEvent[] = []
  const broker: AmqpBroker = amqpBroker({
    urls,
    closeTimeout: 500,
    onEvent: event => {
      events.push(event)
    },
    ...options,
  })
  return { broker, events }
}

/** The code of a refusal, or `resolved`. */
export const outcomeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'resolved',
    (error: Error & { code?: string }) => error.code ?? error,
  )

/** The machine's clock: its monotonic time can be moved on, and its timers are counted. */
export function watchedClock() {
  let later = 0
  const timers = new Set<object>()
  return {
    clock: {
      now: () => systemClock.now(),
      monotonic: () => systemClock.monotonic() + later,
      setTimer(fire: () => void, ms: number) {
        const timer = {}
        timers.add(timer)
        const cancel = systemClock.setTimer(() => {
          timers.delete(timer)
          fire()
        }, ms)
        return () => {
          timers.delete(timer)
          cancel()
        }
      },
    },
    pass: (ms: number) => {
      later += ms
    },
    pending: () => timers.size,
  }
}
