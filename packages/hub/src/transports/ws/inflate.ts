import { constants, inflateRawSync } from 'node:zlib'
import type { WebSocket } from 'ws'

/** What the other side left out at the end of a compressed message (RFC 7692, section 7.2.2). */
const TRAILER = Buffer.of(0, 0, 0xff, 0xff)
const NOTHING = Buffer.alloc(0)
/** Bytes at a time that are inflated: zlib would take 16 KiB for a chat's short messages, and leave them to collect. */
const CHUNK = 4 * 1024

/** Names that `ws` gives: what a connection's frames are read by, and what that keeps. */
const RECEIVER = '_receiver'
const IS_LAST = '_fin'
const PAYLOADS = '_fragments'
const LENGTH = '_messageLength'

/** What `ws` reads the frames of one connection with, as far as a compressed one is concerned. */
interface Receiver {
  /** Whether the frame in hand is its message's last. */
  readonly [IS_LAST]: boolean
  /** Payloads of the message so far, and how many bytes they are. */
  [PAYLOADS]: Buffer[]
  [LENGTH]: number
  /** Takes the payload of a compressed frame. */
  decompress(payload: Buffer, done: Done): void
  /** Goes on to the next frame; behind a message's last it tells of the message. */
  dataMessage(done: Done): void
  /** An error, for `done`, that closes the connection with `closeCode`. */
  createError(
    kind: ErrorConstructor,
    words: string,
    aboutTheFrame: boolean,
    closeCode: number,
    code: string,
  ): Error
}

type Done = (error?: Error) => void

/**
 * Has a connection inflate what its peer compresses at once, each message by itself, to at most so many bytes: 1009
 * where it is more, 1007 where it is no deflate. `ws` keeps a stream for every peer, and goes on reading when that has
 * called back. Where more bytes wait meanwhile, it reads on behind a broken frame, and where the stream fails it looks
 * for it once more (up to 8.23.0): both throw where nobody catches it, and end the process. At once, a compressed
 * frame is read as any other is, and takes less than a call to another thread does. The peer MUST have been told
 * `client_no_context_takeover`.
 *
 * `ws` documents none of what is used here: a version that has something else inside is left to do its own work.
 */
export function inflateAtOnce(ws: WebSocket, maxBytes: number): void {
  const receiver: unknown = Reflect.get(ws, RECEIVER)
  if (!isReceiver(receiver)) return
  receiver.decompress = (payload, done) => {
    if (payload.length > 0) receiver[PAYLOADS].push(payload)
    if (receiver[IS_LAST])
      try {
        // What comes behind a close is nobody's, and bombs by the thousand would take a while.
        const whole = ws.readyState === ws.OPEN ? inflate(receiver[PAYLOADS], maxBytes) : NOTHING
        receiver[PAYLOADS] = whole.length > 0 ? [whole] : []
        receiver[LENGTH] = whole.length
      } catch (error) {
        done(refusal(receiver, error))
        return
      }
    receiver.dataMessage(done)
  }
}

/** Throws zlib's error. */
function inflate(payloads: readonly Buffer[], maxBytes: number): Buffer {
  return inflateRawSync(Buffer.concat([...payloads, TRAILER]), {
    finishFlush: constants.Z_SYNC_FLUSH,
    maxOutputLength: maxBytes,
    chunkSize: CHUNK,
  })
}

function refusal(receiver: Receiver, error: unknown): Error {
  return error instanceof RangeError
    ? receiver.createError(RangeError, 'too large', true, 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH')
    : receiver.createError(Error, 'not compressed as agreed', true, 1007, 'WS_ERR_INVALID_DEFLATE')
}

function isReceiver(value: unknown): value is Receiver {
  if (typeof value !== 'object' || value === null) return false
  const kindOf = (name: string): string => typeof Reflect.get(value, name)
  return (
    ['decompress', 'dataMessage', 'createError'].every(name => kindOf(name) === 'function') &&
    kindOf(IS_LAST) === 'boolean' &&
    kindOf(LENGTH) === 'number' &&
    Array.isArray(Reflect.get(value, PAYLOADS))
  )
}
