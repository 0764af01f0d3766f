import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import type { ProcessTrace } from '../trace.ts'

/** Which command something belongs to. */
export interface Correlation {
  readonly command: string
  /** The command's message id. */
  readonly id: string
  /** The id that its client gave it: the same in the chat's log, in RabbitMQ and here. */
  readonly correlationId: string
  /** The trace that it is part of, where it is part of one. */
  readonly traceId?: string
}

const current = new AsyncLocalStorage<Correlation>()

/** The command that whatever runs now belongs to; undefined where it belongs to none. */
export const correlation = (): Correlation | undefined => current.getStore()

/** From now on, whatever a command leads to knows the command, until the returned function is called. */
export function correlate(): () => void {
  const { start } = tracingChannel<Correlation, ProcessTrace>('stock-bot.process')
  start.bindStore(current, correlationOf)
  return () => {
    start.unbindStore(current)
  }
}

export function correlationOf({ name, id, correlationId, traceparent }: ProcessTrace): Correlation {
  const [, traceId] = /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent ?? '') ?? []
  return { command: name, id, correlationId, ...(traceId !== undefined && { traceId }) }
}
