import { context, propagation, SpanKind, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { otel, type OtelOptions } from '../../../src/otel/index.ts'

/** An OpenTelemetry SDK that keeps its spans in memory, with `otel()` at work on it. */
export interface Tracing extends Disposable {
  readonly provider: BasicTracerProvider
  /** The spans that have ended, oldest first. */
  readonly spans: () => readonly ReadableSpan[]
  /** The one span with this name. Throws where there is none, or several. */
  readonly span: (name: string) => ReadableSpan
  /** Each as `KIND name < name of its parent`, sorted. */
  readonly tree: () => readonly string[]
  readonly stop: () => void
}

export function tracing(options: OtelOptions & { readonly sampler?: Sampler } = {}): Tracing {
  const { sampler, ...rest } = options
  const exporter = new InMemorySpanExporter()
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler && { sampler }),
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  trace.setGlobalTracerProvider(provider)
  const stop = otel(rest)
  const spans = (): readonly ReadableSpan[] => exporter.getFinishedSpans()
  return {
    provider,
    spans,
    span(name) {
      const found = spans().filter(span => span.name === name)
      const [span] = found
      if (!span || found.length > 1)
        throw new Error(
          `${found.length} spans are called ${name}, of ${spans()
            .map(each => each.name)
            .join()}`,
        )
      return span
    },
    tree: () =>
      spans()
        .map(span => {
          const parent = spans().find(each => each.spanContext().spanId === parentIdOf(span))
          return `${SpanKind[span.kind]} ${span.name}${parent ? ` < ${parent.name}` : ''}`
        })
        .toSorted(),
    stop,
    [Symbol.dispose]() {
      stop()
      trace.disable()
      propagation.disable()
      context.disable()
    },
  }
}

export const parentIdOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId
export const traceIdOf = (span: ReadableSpan): string => span.spanContext().traceId
export const idOf = (span: ReadableSpan): string => span.spanContext().spanId
