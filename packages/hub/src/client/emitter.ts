import type { Unsubscribe } from './types.ts'

/** Maps an event's name to its handler. */
type Handlers<Events> = { readonly [E in keyof Events]: (value: never) => void }
type ValueOf<Handler> = Handler extends (value: infer V) => void ? V : never

/** Told of a handler that threw. MUST NOT throw. */
export type OnThrow = (error: unknown, event: string) => void

/** Calls handlers in the order in which they were added. One that throws keeps nobody from the rest. */
export class Emitter<Events extends Handlers<Events>> {
  readonly #onThrow: OnThrow
  readonly #handlers = new Map<keyof Events, Set<{ readonly call: (value: never) => void }>>()

  constructor(onThrow: OnThrow) {
    this.#onThrow = onThrow
  }

  /** Adds a handler; the same one twice is called twice. */
  on<E extends keyof Events>(event: E, handler: Events[E]): Unsubscribe {
    const entry = { call: handler }
    const handlers = this.#handlers.get(event) ?? new Set()
    this.#handlers.set(event, handlers)
    handlers.add(entry)
    return () => {
      handlers.delete(entry)
    }
  }

  emit<E extends keyof Events & string>(event: E, value: ValueOf<Events[E]>): void {
    const handlers = this.#handlers.get(event)
    if (!handlers) return
    // A copy: a handler that is added meanwhile is not for this event; one that is taken away is not called.
    for (const entry of Array.from(handlers))
      try {
        if (handlers.has(entry)) entry.call(value as never)
      } catch (error) {
        this.#onThrow(error, event)
      }
  }

  clear(): void {
    for (const handlers of this.#handlers.values()) handlers.clear()
    this.#handlers.clear()
  }
}
