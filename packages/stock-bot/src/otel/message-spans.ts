/** Spans of what chats and bots do with messages: sent, processed, settled. */
import {
  type Context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api'
import type {
  AnswerTrace,
  Carrier,
  MessageTrace,
  ProcessTrace,
  ReplyTrace,
  SendTrace,
  SettleTrace,
} from '../trace.ts'
import type { Attempts } from './attempts.ts'
import * as at from './attributes.ts'
import { fail, failed, type Spans } from './spans.ts'
import { parentOf, read, write } from './w3c.ts'

/** The verbs of AMQP. */
const VERBS = { ack: 'ack', requeue: 'nack', dead: 'reject' } as const

export function watchMessages(
  spans: Spans,
  tracer: Tracer,
  attempts: Attempts,
  skipped: (carrier: Carrier) => boolean,
): void {
  /** The span of one operation on one message. */
  function start(
    kind: SpanKind,
    what: at.Operation,
    about: MessageTrace,
    parent: Context,
    links: Link[] = [],
  ) {
    const attributes = { ...at.operation(about, what), ...at.message(about) }
    return { span: tracer.startSpan(at.spanName(what), { kind, attributes, links }, parent), parent }
  }

  spans.watch<SendTrace>({
    channel: 'stock-bot.send',
    open: (send, ambient) => {
      if (skipped(send)) return undefined
      const opened = start(SpanKind.PRODUCER, at.sendCommand(send.name), send, parentOf(send) ?? ambient)
      write(opened.span.spanContext(), send)
      return opened
    },
    close: failed,
  })

  spans.watch<ProcessTrace>({
    channel: 'stock-bot.process',
    open: process => {
      if (skipped(process)) return undefined
      const { id, name, redeliveries, deliveryTag } = process
      const before = redeliveries > 0 ? (attempts.last(id) ?? read(process)) : undefined
      const again = { 'hubbub.redeliveries': redeliveries }
      const opened = start(
        SpanKind.CONSUMER,
        at.processCommand(name),
        process,
        parentOf(process) ?? ROOT_CONTEXT,
        before ? [{ context: before, attributes: again }] : [],
      )
      opened.span.setAttributes({ ...again, ...at.deliveryTag(deliveryTag) })
      write(opened.span.spanContext(), process)
      attempts.begin(id, opened.span)
      return opened
    },
    close: (span, process) => {
      attempts.end(process.id, span)
      ended(span, process)
    },
  })

  spans.watch<ReplyTrace>({
    channel: 'stock-bot.reply',
    open: (reply, ambient) => {
      if (skipped(reply)) return undefined
      const attempt = attempts.inHand(reply.id.replace(/^re:/, ''))
      const parent = attempt ? trace.setSpan(ambient, attempt) : (parentOf(reply) ?? ambient)
      const opened = start(SpanKind.PRODUCER, at.sendReply(reply.to), reply, parent)
      write(opened.span.spanContext(), reply)
      return opened
    },
    close: failed,
  })

  spans.watch<AnswerTrace>({
    channel: 'stock-bot.answer',
    open: answer => {
      if (skipped(answer)) return undefined
      return start(SpanKind.CONSUMER, at.processReply(answer.to), answer, parentOf(answer) ?? ROOT_CONTEXT)
    },
    close: ended,
  })

  spans.watch<SettleTrace>({
    channel: 'stock-bot.settle',
    open: settle => {
      if (skipped(settle)) return undefined
      const { id, correlationId, name, settlement, reason } = settle
      const what = at.settleCommand(VERBS[settlement], name)
      const attempt = attempts.last(id)
      const parent = attempt ? trace.setSpanContext(ROOT_CONTEXT, attempt) : ROOT_CONTEXT
      const attributes = { ...at.operation(settle, what), ...at.settled(id, correlationId, reason) }
      return {
        span: tracer.startSpan(at.spanName(what), { kind: SpanKind.CLIENT, attributes }, parent),
        parent,
      }
    },
    close: failed,
  })
}

/** What became of a message in hand: given back or given up is a failure. */
function ended(span: Span, operation: ProcessTrace | AnswerTrace): void {
  const { outcome } = operation
  if (outcome !== undefined) span.setAttribute('hubbub.outcome', outcome)
  if (outcome === 'requeue' || outcome === 'returned' || outcome === 'dead') fail(span, outcome)
  failed(span, operation)
}
