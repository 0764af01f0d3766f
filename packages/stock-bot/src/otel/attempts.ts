import type { Span, SpanContext } from '@opentelemetry/api'

/** Attempts that a redelivery can be linked to: the oldest are forgotten. */
const REMEMBERED = 1_000

/** The spans of commands in hand, and where those of the last ones were, by the command's id. */
export class Attempts {
  readonly #inHand = new Map<string, Span>()
  readonly #last = new Map<string, SpanContext>()

  begin(id: string, span: Span): void {
    this.#inHand.set(id, span)
    this.#last.delete(id)
    this.#last.set(id, span.spanContext())
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= REMEMBERED) break
      this.#last.delete(oldest)
    }
  }

  end(id: string, span: Span): void {
    if (this.#inHand.get(id) === span) this.#inHand.delete(id)
  }

  /** The span of a command that is in hand. */
  inHand(id: string): Span | undefined {
    return this.#inHand.get(id)
  }

  /** Where the span of the last attempt at a command is, or was. */
  last(id: string): SpanContext | undefined {
    return this.#last.get(id)
  }
}
