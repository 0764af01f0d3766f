import { constants, deflateRawSync } from 'node:zlib'
import type { Transport } from '../../connection.ts'
import { FIN_TEXT, startFrame, wsTransport } from './frame.ts'

/** What decides how a message is compressed: the same for all connections that share its frame. */
interface DeflateSettings {
  /** Bytes from which on a message is compressed. */
  readonly threshold: number
  /** zlib's level. */
  readonly level: number
  /** The peer keeps 2 ** windowBits bytes to look back at. From 9 to 15. */
  readonly windowBits: number
}

/** Says that the payload is compressed (RFC 7692, section 6). */
const RSV1 = 0x40
/** Bytes at the end of a flush, always 00 00 ff ff: they are left out, and the peer puts them back. */
const TRAILER = 4
/**
 * Bytes up to which a message is compressed. 4,000 emoji are less; what is more is a page of history for one
 * client, and compressing that would take milliseconds in which nobody else is served.
 */
const LONGEST = 16 * 1024

const transports = new Map<string, Transport<Buffer>>()

/**
 * Compresses each message once for all its connections. Every message starts with an empty window, so a frame
 * means the same to each of them, whatever came before: they MUST have been told `server_no_context_takeover`.
 * The same settings give the same transport, and so the same frame on every listener of a hub. No message holds a
 * secret beside what others wrote, so its length tells nobody anything about one.
 */
export function deflateTransport(settings: DeflateSettings): Transport<Buffer> {
  const { threshold, level, windowBits } = settings
  const key = `${threshold} ${level} ${windowBits}`
  const transport = transports.get(key) ?? makeTransport(settings)
  transports.set(key, transport)
  return transport
}

function makeTransport({ threshold, level, windowBits }: DeflateSettings): Transport<Buffer> {
  const options = { level, windowBits, finishFlush: constants.Z_SYNC_FLUSH }
  const shortest = Math.max(1, threshold)
  return {
    name: 'ws-deflate',
    encode(text) {
      const raw = Buffer.byteLength(text)
      if (raw < shortest || raw > LONGEST) return wsTransport.encode(text)
      const deflated = deflateRawSync(text, options)
      const length = deflated.length - TRAILER
      if (length >= raw) return wsTransport.encode(text)
      const frame = startFrame(FIN_TEXT | RSV1, length)
      // zlib's own buffer is many times as long, and would be kept for as long as the frame waits.
      deflated.copy(frame, frame.length - length, 0, length)
      return frame
    },
    size: frame => frame.length,
  }
}
