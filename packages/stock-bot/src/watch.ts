import { channel, tracingChannel } from 'node:diagnostics_channel'

/** How an operation ended. */
export interface End {
  readonly seconds: number
  /** What it threw; undefined where it threw nothing. */
  readonly error: unknown
}

/** Subscriptions to diagnostics channels, which end together. */
export class Watch {
  readonly #undo: (() => void)[] = []

  /** Calls `onStart` when an operation begins, and `onEnd` when it has ended. Neither may throw. */
  operation<Trace extends object>(
    name: string,
    onEnd: (trace: Trace, end: End) => void,
    onStart?: (trace: Trace) => void,
  ): void {
    const { start, end, asyncEnd } = tracingChannel<unknown, object>(name)
    const began = new WeakMap<object, number>()
    const begin = (message: unknown): void => {
      began.set(message as object, performance.now())
      onStart?.(message as Trace)
    }
    const finish = (message: unknown): void => {
      const at = began.get(message as object)
      // It began before anybody watched.
      if (at === undefined) return
      began.delete(message as object)
      const { error } = message as { readonly error?: unknown }
      onEnd(message as Trace, { seconds: (performance.now() - at) / 1_000, error })
    }
    // An operation that takes its time has neither when its first part is over: its end is still to come.
    const onFirstPart = (message: unknown): void => {
      if ('result' in (message as object) || 'error' in (message as object)) finish(message)
    }
    start.subscribe(begin)
    end.subscribe(onFirstPart)
    asyncEnd.subscribe(finish)
    this.#undo.push(() => {
      start.unsubscribe(begin)
      end.unsubscribe(onFirstPart)
      asyncEnd.unsubscribe(finish)
    })
  }

  /** Calls `onEvent` with what a plain channel tells. */
  event(name: string, listener: (event: unknown) => void): void {
    const plain = channel(name)
    plain.subscribe(listener)
    this.#undo.push(() => {
      plain.unsubscribe(listener)
    })
  }

  stop(): void {
    for (const undo of this.#undo.splice(0)) undo()
  }
}
