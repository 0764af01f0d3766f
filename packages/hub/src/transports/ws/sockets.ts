import type { Duplex } from 'node:stream'
import type { Clock } from '../../clock.ts'

/** How long sockets may take to end by themselves once the hub stops. */
const GRACE_MS = 3_000
/** However late it is: a close frame that was just written must get out. */
const MIN_GRACE_MS = 100

/** The sockets that one server has upgraded or refused to, each until it is closed. */
export class Sockets {
  readonly #clock: Clock
  readonly #open = new Set<Duplex>()
  /** One function for all of them: a closure for each is felt with thousands. */
  readonly #forget: (this: Duplex) => void
  #empty: PromiseWithResolvers<void> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
    const closed = (socket: Duplex): void => {
      this.#open.delete(socket)
      if (this.#open.size === 0) this.#empty?.resolve()
    }
    this.#forget = function forget() {
      closed(this)
    }
  }

  add(socket: Duplex): void {
    this.#open.add(socket)
    socket.on('close', this.#forget)
  }

  destroy(): void {
    for (const socket of this.#open) socket.destroy()
  }

  /** Resolves when none is open; call it when none can come any more. */
  empty(): Promise<void> {
    this.#empty ??= Promise.withResolvers()
    if (this.#open.size === 0) this.#empty.resolve()
    return this.#empty.promise
  }

  /** Lets their closing handshakes come to an end, and cuts what is left of them then. */
  async end(leftMs: number): Promise<void> {
    const graceMs = Math.max(MIN_GRACE_MS, Math.min(GRACE_MS, leftMs))
    const cancel = this.#clock.setTimer(() => {
      this.destroy()
    }, graceMs)
    await this.empty()
    cancel()
  }
}
