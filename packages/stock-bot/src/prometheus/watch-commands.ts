import type { CommandTrace, ProcessTrace, ReplyTrace, SendTrace, SettleTrace } from '../trace.ts'
import { Fates } from './fates.ts'
import type { Meters } from './meters.ts'
import type { Watch } from '../watch.ts'

/** How deliveries end that are not answered. */
const UNANSWERED = { requeue: 'returned', dead: 'dead' } as const

/** Measures commands from the chat that sends them to the bot that settles them. */
export function watchCommands(watch: Watch, meters: Meters): void {
  const commands = meters.counter('commands_total', 'Deliveries of commands, by how they ended.')
  const durations = meters.histogram(
    'command_duration_seconds',
    'From the delivery of a command until its reply is confirmed.',
  )
  const inFlight = meters.gauge('in_flight', 'Commands that the bot has in hand.')
  const redeliveries = meters.counter('redeliveries_total', 'Commands that a bot had before.')
  const dead = meters.counter('dead_letters_total', 'Commands that were given up, by why.')
  const confirms = meters.histogram(
    'confirm_duration_seconds',
    'From a message until the broker has confirmed it.',
  )
  const refused = meters.counter('send_failures_total', 'Commands and replies that the broker did not take.')
  const fates = new Fates()
  inFlight.set({}, 0)

  watch.operation<ProcessTrace>(
    'stock-bot.process',
    ({ name }, { seconds }) => {
      inFlight.add(-1)
      durations.observe({ command: name }, seconds)
    },
    ({ id, name, redeliveries: before }) => {
      fates.deliver(id)
      inFlight.add(1)
      if (before > 0) redeliveries.add({ command: name })
    },
  )
  watch.operation<CommandTrace>(
    'stock-bot.command',
    ({ id }, { error }) => {
      fates.end(id, error)
    },
    ({ id }) => {
      fates.begin(id)
    },
  )
  watch.operation<SettleTrace>('stock-bot.settle', ({ id, name, settlement, reason }) => {
    const fate = fates.take(id)
    commands.add({ command: name, outcome: settlement === 'ack' ? fate : UNANSWERED[settlement] })
    if (settlement === 'dead') dead.add({ command: name, reason })
  })
  watch.operation<SendTrace>('stock-bot.send', (_, { seconds, error }) => {
    if (error === undefined) confirms.observe({ message: 'command' }, seconds)
    else refused.add({ message: 'command', reason: codeOf(error) })
  })
  watch.operation<ReplyTrace>('stock-bot.reply', ({ id }, { seconds, error }) => {
    if (error === undefined) {
      fates.reply(id.replace(/^re:/, ''))
      confirms.observe({ message: 'reply' }, seconds)
    } else refused.add({ message: 'reply', reason: codeOf(error) })
  })
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : 'unknown'
}
