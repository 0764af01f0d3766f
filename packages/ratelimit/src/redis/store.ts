import type { Cancel, LimiterClock } from '../clock.ts'
import type { RunScript } from './client.ts'

/** Why the store did not answer. */
export type Failure = 'store-error' | 'timeout'

/** The store did not answer in time, or is known not to. */
export class StoreFailure extends Error {
  override readonly name = 'StoreFailure'
  readonly reason: Failure

  constructor(reason: Failure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

export interface GuardedOptions {
  readonly clock: LimiterClock
  readonly timeoutMs: number
  readonly retryMs: number
  readonly onError: (error: StoreFailure) => void
  /** The store answers again. */
  readonly onRecovered: () => void
}

/**
 * The script with a budget of time, and a breaker: after a failure calls fail at once, and every `retryMs` one
 * is let through to see whether the store is back. So an outage costs one caller in a while the budget, not
 * every caller, and nothing has to be restarted.
 */
export class GuardedScript {
  readonly #run: RunScript
  readonly #options: GuardedOptions
  readonly #pending = new Set<(error: StoreFailure) => void>()
  #failed: Failure | undefined
  #retryAt = 0
  storeErrors = 0
  timeouts = 0

  constructor(run: RunScript, options: GuardedOptions) {
    this.#run = run
    this.#options = options
  }

  /** Whether the store did not answer the last time it was asked. */
  get degraded(): boolean {
    return this.#failed !== undefined
  }

  /** Milliseconds until the store is asked again. */
  get retryAfterMs(): number {
    return Math.max(0, Math.ceil(this.#retryAt - this.#options.clock.monotonic()))
  }

  /** Rejects with a StoreFailure within `timeoutMs`. */
  call: RunScript = async (key, args) => {
    const { clock, retryMs } = this.#options
    if (this.#failed !== undefined) {
      const now = clock.monotonic()
      if (now < this.#retryAt) throw new StoreFailure(this.#failed, 'the store is down')
      this.#retryAt = now + retryMs
    }
    try {
      const answer = await this.#inTime(() => this.#run(key, args))
      this.#succeed()
      return answer
    } catch (cause) {
      throw this.#fail(cause)
    }
  }

  /** Fails what is under way and ends its timers. */
  stop(): void {
    for (const fail of this.#pending) fail(new StoreFailure('store-error', 'the limiter was stopped'))
  }

  #inTime<Result>(act: () => Promise<Result>): Promise<Result> {
    const { clock, timeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      let cancel: Cancel = () => undefined
      const settle = (): void => {
        cancel()
        this.#pending.delete(fail)
      }
      const fail = (error: StoreFailure): void => {
        settle()
        reject(error)
      }
      this.#pending.add(fail)
      cancel = clock.setTimer(() => {
        fail(new StoreFailure('timeout', `the store did not answer within ${timeoutMs} ms`))
      }, timeoutMs)
      act().then(
        result => {
          settle()
          resolve(result)
        },
        (cause: unknown) => {
          fail(new StoreFailure('store-error', 'the store answered with an error', { cause }))
        },
      )
    })
  }

  #succeed(): void {
    const was = this.#failed
    this.#failed = undefined
    if (was !== undefined) this.#options.onRecovered()
  }

  #fail(cause: unknown): StoreFailure {
    const failure =
      cause instanceof StoreFailure ? cause : new StoreFailure('store-error', 'the store failed', { cause })
    if (failure.reason === 'timeout') this.timeouts++
    else this.storeErrors++
    this.#failed = failure.reason
    this.#retryAt = this.#options.clock.monotonic() + this.#options.retryMs
    this.#options.onError(failure)
    return failure
  }
}
