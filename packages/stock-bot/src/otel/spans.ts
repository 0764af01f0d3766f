import { AsyncLocalStorage } from 'node:async_hooks'
import { tracingChannel } from 'node:diagnostics_channel'
import { type Context, context, diag, type Span, SpanStatusCode, trace } from '@opentelemetry/api'

/** How the spans of one channel are made. */
export interface SpanOf<Trace extends object> {
  readonly channel: string
  /** Starts the span; undefined where this operation is to have none. */
  readonly open: (
    message: Trace,
    ambient: Context,
  ) => { readonly span: Span; readonly parent: Context } | undefined
  /** Adds what is known at its end, before the span ends. */
  readonly close: (span: Span, message: Trace) => void
}

/**
 * Where the span of an operation is while it runs: for everybody in the context of OpenTelemetry, and for us here
 * as well, should a later Node enter stores without `run`.
 */
class Ambient extends AsyncLocalStorage<Context> {
  override run<R>(inside: Context, work: (...args: never[]) => R, ...args: never[]): R {
    return context.with(inside, () => super.run(inside, work, ...args))
  }
}

/** Makes a span of each operation that a channel tells of, and makes it the current one while that runs. */
export class Spans {
  readonly #ambient = new Ambient()
  readonly #undo: (() => void)[] = []
  /** What ends the spans that are open, by the operation that they are of. */
  readonly #open = new Map<object, () => void>()

  /** The context of whatever runs now. */
  get current(): Context {
    const active = context.active()
    return trace.getSpan(active) ? active : (this.#ambient.getStore() ?? active)
  }

  watch<Trace extends object>({ channel, open, close }: SpanOf<Trace>): void {
    const { start, end, asyncEnd } = tracingChannel<Context, Trace>(channel)
    start.bindStore(this.#ambient, message => {
      const ambient = this.current
      const opened = guarded(() => open(message, ambient))
      if (!opened) return ambient
      const { span, parent } = opened
      this.#open.set(message, () => {
        this.#open.delete(message)
        guarded(() => close(span, message))
        guarded(() => span.end())
      })
      return trace.setSpan(parent, span)
    })
    const finish = (message: unknown): void => this.#open.get(message as object)?.()
    // An operation that takes its time has neither when its first part is over: its end is still to come.
    const onEnd = (message: unknown): void => {
      const operation = message as object
      if ('result' in operation || 'error' in operation) finish(operation)
    }
    end.subscribe(onEnd)
    asyncEnd.subscribe(finish)
    this.#undo.push(() => {
      start.unbindStore(this.#ambient)
      end.unsubscribe(onEnd)
      asyncEnd.unsubscribe(finish)
    })
  }

  /** Ends what is open, and makes no more. */
  stop(): void {
    for (const undo of this.#undo.splice(0)) undo()
    for (const finish of this.#open.values()) finish()
  }
}

/** Marks a span as that of a failure. Without a message: that may hold what a person wrote. */
export function fail(span: Span, kind: string): void {
  span.setAttribute('error.type', kind)
  span.setStatus({ code: SpanStatusCode.ERROR })
}

/** Marks the span of an operation that threw, with the error's code or else its name. */
export function failed(span: Span, operation: object): void {
  if (!('error' in operation)) return
  const { error } = operation
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const name = error instanceof Error ? error.name : '_OTHER'
  fail(span, typeof code === 'string' ? code : name)
}

/** What a broken exporter or sampler throws must not reach the bot. */
function guarded<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    diag.error('@hubbub/stock-bot/otel', error)
    return undefined
  }
}
