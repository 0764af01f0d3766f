/** permessage-deflate as the load and the floor need it: no message knows of the one before. */
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'

/** What a client offers, as browsers do. */
export const OFFER = 'permessage-deflate; client_max_window_bits'
/** What a server has to agree to. */
export const EXTENSION = 'permessage-deflate; server_no_context_takeover'

const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH }
const TRAILER = Buffer.of(0, 0, 0xff, 0xff)
/** Payloads that are remembered: more than are under way to any client. */
const REMEMBERED = 512

/** A payload as it is sent. */
export const deflated = (payload: Buffer): Buffer =>
  deflateRawSync(payload, FLUSH).subarray(0, -TRAILER.length)

/** Inflates what comes. A thousand clients receive the same bytes: those are inflated once. */
export class Inflater {
  readonly #known = new Map<string, Buffer>()

  inflate(payload: Buffer): Buffer {
    const key = payload.toString('latin1')
    const known = this.#known.get(key)
    if (known) return known
    const inflated = inflateRawSync(Buffer.concat([payload, TRAILER]), FLUSH)
    this.#known.set(key, inflated)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break
      this.#known.delete(oldest)
    }
    return inflated
  }
}
