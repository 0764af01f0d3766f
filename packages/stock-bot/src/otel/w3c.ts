/** Trace context in the two W3C headers that go with every message, whatever propagator the SDK has. */
import {
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  trace,
} from '@opentelemetry/api'

interface Headers {
  traceparent: string | undefined
  tracestate: string | undefined
}

// Later versions may have more behind the flags; what is known of them is at the same place.
const FORM = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?=$|-)/

/** The span that the headers name; undefined where they name none. */
export function read({ traceparent, tracestate }: Readonly<Headers>): SpanContext | undefined {
  const [, traceId = '', spanId = '', flags = ''] = FORM.exec(traceparent ?? '') ?? []
  const span: SpanContext = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  if (!isSpanContextValid(span)) return undefined
  const state = tracestate === undefined ? undefined : createTraceState(tracestate)
  return state ? { ...span, traceState: state } : span
}

/** The context that the headers bring along; undefined where they bring none. */
export function parentOf(headers: Readonly<Headers>): Context | undefined {
  const span = read(headers)
  return span && trace.setSpanContext(ROOT_CONTEXT, span)
}

/** Puts a span into the headers. One that is none, as without an SDK, leaves them as they came. */
export function write(span: SpanContext, headers: Headers): void {
  if (!isSpanContextValid(span) || read(headers)?.spanId === span.spanId) return
  const flags = (span.traceFlags % 256).toString(16).padStart(2, '0')
  headers.traceparent = `00-${span.traceId}-${span.spanId}-${flags}`
  headers.tracestate = span.traceState?.serialize() || undefined
}
