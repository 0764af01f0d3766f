/** Spans of what a bot does between a command and its reply. */
import { SpanKind, type Tracer, trace } from '@opentelemetry/api'
import { SAMPLE_SOURCE } from '../quotes/source.ts'
import type { QuotesTrace } from '../quotes/trace-quotes.ts'
import type { CommandTrace } from '../trace.ts'
import type { Attempts } from './attempts.ts'
import { fail, failed, type Spans } from './spans.ts'
import { parentOf } from './w3c.ts'

export function watchRuns(spans: Spans, tracer: Tracer, attempts: Attempts): void {
  spans.watch<CommandTrace>({
    channel: 'stock-bot.command',
    open: ({ id, name, room, traceparent, tracestate }, ambient) => {
      const delivery = attempts.inHand(id)
      // The span of the delivery is that of its run, too; where there is none, as for `inject`, the run has one.
      delivery?.addEvent('run')
      if (delivery) return undefined
      const parent = trace.getSpan(ambient) ? ambient : (parentOf({ traceparent, tracestate }) ?? ambient)
      const attributes = { 'hubbub.command': name, 'hubbub.room': room }
      return {
        span: tracer.startSpan(`run /${name}`, { kind: SpanKind.INTERNAL, attributes }, parent),
        parent,
      }
    },
    close: failed,
  })

  spans.watch<QuotesTrace>({
    channel: 'stock-bot.quotes',
    open: ({ source, count }, parent) => {
      const kind = source === SAMPLE_SOURCE ? SpanKind.INTERNAL : SpanKind.CLIENT
      const attributes = { 'hubbub.quotes.source': source, 'hubbub.quotes.count': count }
      return { span: tracer.startSpan(`quotes ${source}`, { kind, attributes }, parent), parent }
    },
    close: (span, quotes) => {
      const outcomes = quotes.outcomes ?? []
      span.setAttribute('hubbub.quotes.outcomes', [...outcomes])
      const failure = outcomes.find(outcome => outcome !== 'ok' && outcome !== 'not-found')
      if (failure !== undefined && !outcomes.includes('ok')) fail(span, failure)
      failed(span, quotes)
    },
  })
}
