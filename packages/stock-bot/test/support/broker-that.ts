import type { Broker, Command, Reply } from '../../src/broker/broker.ts'

/** A broker that does with a command what a case says. */
export function brokerThat(send: (command: Command) => Promise<void>): Broker & {
  reply: (reply: Reply) => Promise<void>
} {
  let take: (reply: Reply) => Promise<void> = () => Promise.resolve()
  return {
    send,
    commands: () => [],
    announce: () => Promise.resolve({ stop: () => Promise.resolve() }),
    onCommand: () => Promise.resolve({ stop: () => Promise.resolve() }),
    onReply: (_, handler) => {
      take = handler
      return Promise.resolve({ stop: () => Promise.resolve() })
    },
    state: 'closed',
    close: () => Promise.resolve(),
    reply: reply => take(reply),
  }
}
