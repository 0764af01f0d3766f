import { trace, type TracerProvider } from '@opentelemetry/api'
import { Attempts } from './attempts.ts'
import { watchMessages } from './message-spans.ts'
import { watchRuns } from './run-spans.ts'
import { Spans } from './spans.ts'

/** How spans are made. */
export interface OtelOptions {
  /** @default the one that is registered with `@opentelemetry/api` */
  readonly tracerProvider?: TracerProvider
  /**
   * Makes no spans for messages on RabbitMQ, because `@opentelemetry/instrumentation-amqplib` does. What runs in
   * between, commands and questions to quote sources, goes below its spans. @default false
   */
  readonly skipAmqpSpans?: boolean
}

/**
 * Makes OpenTelemetry spans of what the bot kit does in this process, until the returned function is called: one
 * trace from the publish of a command (its `traceparent`, where the client gave one) over the chat's `send`, the
 * bot's `process`, each question to a quote source and the `send` of the reply to the chat's `process` of it. A
 * redelivered command is another `process` below the same `send`, with a link to the attempt before. The spans
 * hold ids, names, sizes and outcomes: no text, no symbol.
 * @example
 * const stop = otel() // once the SDK has started: in the chat's process, in the bot's, or in both
 */
export function otel({ tracerProvider, skipAmqpSpans = false }: OtelOptions = {}): () => void {
  const tracer = (tracerProvider ?? trace).getTracer('@hubbub/stock-bot')
  const spans = new Spans()
  const attempts = new Attempts()
  watchMessages(spans, tracer, attempts, ({ system }) => skipAmqpSpans && system === 'rabbitmq')
  watchRuns(spans, tracer, attempts)
  return () => {
    spans.stop()
  }
}
