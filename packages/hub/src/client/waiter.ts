import type { Cancel, Clock } from '../clock.ts'
import type { ClientError } from './errors.ts'

/** What ends a wait early. */
export interface WaiterOptions {
  readonly clock: Clock
  /** How long to wait at most, in milliseconds. */
  readonly ms: number
  /** What it rejects with then. */
  readonly late: () => ClientError
  /** Its reason is what it rejects with. */
  readonly signal?: AbortSignal | undefined
  /** Called once, when it is settled in any way. */
  readonly onSettled?: () => void
}

/** A promise with a deadline and a signal, which lets go of both as soon as it is settled. */
export class Waiter<T> {
  readonly promise: Promise<T>
  readonly #deferred = Promise.withResolvers<T>()
  readonly #options: WaiterOptions
  readonly #cancel: Cancel
  #settled = false

  constructor(options: WaiterOptions) {
    this.promise = this.#deferred.promise
    this.#options = options
    this.#cancel = options.clock.setTimer(() => {
      this.reject(options.late())
    }, options.ms)
    options.signal?.addEventListener('abort', this.#abort, { once: true })
    if (options.signal?.aborted) this.#abort()
  }

  get settled(): boolean {
    return this.#settled
  }

  resolve(value: T): void {
    if (this.#settle()) this.#deferred.resolve(value)
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#deferred.reject(error)
  }

  readonly #abort = (): void => {
    this.reject(this.#options.signal?.reason)
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#cancel()
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#options.onSettled?.()
    return true
  }
}
