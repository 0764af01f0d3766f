import { tracingChannel } from 'node:diagnostics_channel'

/** What subscribers of `tracing:stock-bot.command:*` learn about a command that runs. No text of the user's. */
export interface CommandTrace {
  readonly name: string
  readonly id: string
  readonly room: string
  /** W3C trace context of the publish, where it had one. */
  readonly traceparent: string | undefined
}

const channel = tracingChannel<unknown, CommandTrace>('stock-bot.command')

/** Runs a command where subscribers can see it start, end and fail. Costs next to nothing without them. */
export function traceCommand(run: () => Promise<string>, trace: CommandTrace): Promise<string> {
  return channel.tracePromise(run, trace)
}
