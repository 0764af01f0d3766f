import { finished, type Readable, type Writable } from 'node:stream'
import type { Cancel, Clock } from '../../clock.ts'
import type { Connection, Peer } from '../../connection.ts'
import { Close } from '../../protocol/codes.ts'
import { closeLine, type Ending, lineTransport, parseClose } from './frame.ts'
import { LineReader } from './lines.ts'

/** How long the last bytes and the peer's own end may take before the streams are destroyed. */
const CLOSE_MS = 2_000
/** Bytes that a stream is given at a time: it counts what it was given until it is rid of all of it. */
const PIECE = 64 * 1024

/** Both directions; one duplex may be both. */
export interface StreamPair {
  readonly readable: Readable
  readonly writable: Writable
}

/** How a connection over streams behaves. */
export interface StreamSettings {
  readonly peer: Peer
  readonly clock: Clock
  readonly frameBytes: number
  /** Whether the streams are ended and destroyed with the connection. */
  readonly end: boolean
}

const ignore = (): void => {}

/**
 * One side of a chat over a byte stream; the two sides are alike. It has no `ping`: the hub sends the message of
 * that name. `onClose` comes when both streams are done with, so nothing is left of the connection after it.
 */
export class StreamConnection implements Connection<Buffer> {
  readonly transport = lineTransport
  readonly peer: Peer
  onMessage: ((text: string) => void) | undefined
  onDrain: (() => void) | undefined
  onClose: ((code: number, reason: string) => void) | undefined
  /** Resolves after `onClose`, whoever has set that. */
  readonly closed: Promise<Ending>
  readonly #resolve: (ending: Ending) => void
  readonly #readable: Readable
  readonly #writable: Writable
  readonly #settings: StreamSettings
  readonly #lines: LineReader
  readonly #forget: (() => void)[] = []
  #received = 0
  /** What the stream is given when it has taken what it has. */
  #waiting: Buffer[] = []
  #waitingBytes = 0
  /** Set by the first end, whichever side it comes from; nothing is written or handled after it. */
  #ending: Ending | undefined
  #deadline: Cancel | undefined
  #closed = false

  /** Throws a TypeError where the streams do not carry bytes. */
  constructor({ readable, writable }: StreamPair, settings: StreamSettings) {
    if (readable.readableObjectMode || writable.writableObjectMode || readable.readableEncoding)
      throw new TypeError('streams: expected streams of bytes, without object mode and without setEncoding')
    const { promise, resolve } = Promise.withResolvers<Ending>()
    this.closed = promise
    this.#resolve = resolve
    this.#readable = readable
    this.#writable = writable
    this.#settings = settings
    this.peer = settings.peer
    this.#lines = new LineReader(
      settings.frameBytes,
      text => {
        const ending = parseClose(text)
        if (ending) this.#end(ending)
        else this.onMessage?.(text)
      },
      fault => {
        if (fault === 'too-large')
          this.close(Close.tooLarge, `a frame has at most ${settings.frameBytes} bytes`)
        else this.close(Close.invalidPayload, 'a frame is UTF-8')
      },
    )
    this.#listen()
  }

  get bufferedBytes(): number {
    return this.#writable.writableLength + this.#waitingBytes
  }

  get receivedBytes(): number {
    return this.#received
  }

  write(frames: readonly Buffer[]): void {
    const [first] = frames
    if (this.#ending || !first) return
    const bytes = frames.length === 1 ? first : Buffer.concat(frames)
    for (let at = 0; at < bytes.length; at += PIECE) this.#waiting.push(bytes.subarray(at, at + PIECE))
    this.#waitingBytes += bytes.length
    this.#give(PIECE)
  }

  close(code: number, reason: string): void {
    if (this.#ending) return
    const ending = { code, reason }
    this.#give(Infinity)
    this.#write(closeLine(ending), this.#settings.end ? ignore : () => this.#finish())
    this.#end(ending)
  }

  #listen(): void {
    const lost = (): void => {
      this.#end({ code: Close.abnormal, reason: '' })
    }
    const read = (chunk: Buffer): void => {
      this.#received += chunk.length
      this.#lines.push(chunk)
    }
    // A connection before this one has left them paused; `data` alone would not change that.
    this.#readable.on('error', ignore).on('data', read).once('end', lost).once('close', lost).resume()
    this.#writable.on('error', ignore).once('close', lost)
    const over = new Set([this.#readable, this.#writable])
    const forget = [...over].map(stream =>
      finished(stream, error => {
        over.delete(stream)
        if (error) lost()
        // Of a stream that broke there is no end to wait for.
        if (error || over.size === 0) this.#finish()
      }),
    )
    this.#forget.push(...forget, () => {
      this.#readable.off('data', read).off('end', lost).off('close', lost)
      this.#writable.off('close', lost)
    })
  }

  /** Gives the stream pieces until it holds so much. */
  #give(most: number): void {
    while (this.#writable.writableLength < most) {
      const piece = this.#waiting.shift()
      if (!piece) return
      this.#waitingBytes -= piece.length
      this.#write(piece, this.#taken)
    }
  }

  readonly #taken = (): void => {
    this.#give(PIECE)
    this.onDrain?.()
  }

  #write(bytes: Buffer, taken: () => void): void {
    if (!this.#writable.writable) return
    try {
      this.#writable.write(bytes, error => {
        if (!error && !this.#closed) taken()
      })
    } catch (error) {
      // A stream of somebody's own may throw where Node's report; a hub that is writing must not notice.
      this.#writable.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #end(ending: Ending): void {
    if (this.#ending) return
    this.#give(Infinity)
    this.#ending = ending
    this.#lines.stop()
    this.#deadline = this.#settings.clock.setTimer(() => {
      this.#finish()
    }, CLOSE_MS)
    // What still comes is thrown away, so that the peer's end is seen and the kernel does not answer with a reset.
    if (this.#settings.end) this.#writable.end()
    else if (this.#writable.writableLength === 0) this.#finish()
  }

  #finish(): void {
    if (this.#closed) return
    this.#closed = true
    this.#deadline?.()
    for (const forget of this.#forget) forget()
    if (this.#settings.end) {
      this.#readable.destroy()
      this.#writable.destroy()
    } else {
      this.#readable.pause().off('error', ignore)
      // An error of bytes that are still on their way would be nobody's otherwise.
      if (this.#writable.writableLength === 0) this.#writable.off('error', ignore)
    }
    const ending = this.#ending ?? { code: Close.abnormal, reason: '' }
    this.onClose?.(ending.code, ending.reason)
    this.#resolve(ending)
  }
}
