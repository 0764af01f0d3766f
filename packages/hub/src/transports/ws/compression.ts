import type { Transport } from '../../connection.ts'
import { deflateTransport } from './deflate.ts'
import { wsTransport } from './frame.ts'

/** How messages are compressed (permessage-deflate, RFC 7692). */
export interface CompressOptions {
  /**
   * Messages shorter than this many bytes are sent as they are. An integer from 0.
   * @default 128: acks and typing stay below and would shrink by less than a tenth, messages are above and
   * shrink by a fifth and more
   */
  readonly threshold?: number
  /** zlib's level, from 1 (fastest) to 9 (smallest). @default 6 */
  readonly level?: number
}

/** Where neither side names another (RFC 7692, section 7.1.2.1). */
const DEFAULT_WINDOW_BITS = 15
/** zlib knows no raw stream of 8: with 9 it looks back at 250 bytes at most, which a window of 8 holds. */
const MIN_WINDOW_BITS = 9

/** `ws` compresses nothing itself, because nothing is sent through it. */
const negotiation = {
  // Frames are shared: a peer whose window went on from message to message would read something else.
  serverNoContextTakeover: true,
  // Told to every client, also to one that has not asked (RFC 7692, section 7.1.1.2): each message is inflated by
  // itself, and nobody's window is kept. `ws` as a client leaves short messages alone then, too.
  clientNoContextTakeover: true,
}

/** How the WebSockets of one server are compressed. */
export interface Compression {
  /** What `ws` is told to agree on. */
  readonly negotiation: typeof negotiation
  /** How to send to a peer, from the lines of the response to its upgrade. */
  transportFor(lines: readonly string[]): Transport<Buffer>
}

/** Undefined where nothing is to be compressed. Throws a RangeError or TypeError that names the option. */
export function resolveCompress(compress: boolean | CompressOptions): Compression | undefined {
  if (compress === false) return undefined
  if (compress !== true && (typeof compress !== 'object' || compress === null))
    throw new TypeError(`compress must be true, false or { threshold, level }, got ${String(compress)}`)
  const { threshold = 128, level = 6 } = compress === true ? {} : compress
  if (!Number.isSafeInteger(threshold) || threshold < 0)
    throw new RangeError(`compress.threshold must be an integer from 0, got ${String(threshold)}`)
  if (!Number.isInteger(level) || level < 1 || level > 9)
    throw new RangeError(`compress.level must be an integer from 1 to 9, got ${String(level)}`)
  return {
    negotiation,
    transportFor(lines) {
      // The `headers` event of `ws` gives these lines. It is public, where the parameters that `ws` keeps are
      // not, and the lines are what the peer is told: who was not told to forget each message gets plain frames.
      const accepted = lines.find(line => /^sec-websocket-extensions:\s*permessage-deflate\b/i.test(line))
      if (!accepted?.includes('server_no_context_takeover')) return wsTransport
      const [, bits = DEFAULT_WINDOW_BITS] = /server_max_window_bits=(\d+)/.exec(accepted) ?? []
      const windowBits = Math.max(MIN_WINDOW_BITS, Number(bits))
      return deflateTransport({ threshold, level, windowBits })
    },
  }
}
