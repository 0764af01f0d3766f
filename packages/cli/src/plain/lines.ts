/** Lines of a stream, read ahead within bounds, so that the end of the input is known early. */
import { StringDecoder } from 'node:string_decoder'
import type { Readable } from 'node:stream'

/** Longest line that is kept, in UTF-16 units: twice what the longest message could need. */
export const MAX_LINE = 16_384
/** Lines that may wait; the stream is paused while there are more. */
const MAX_WAITING = 1_000

/** One line, without its line break. */
export interface Line {
  readonly text: string
  /** The line was longer than MAX_LINE, and `text` is only its beginning. */
  readonly cut: boolean
}

/** Reads a stream from its construction until `close`. */
export class Lines {
  /** Resolves when the whole input has been read. */
  readonly ended: Promise<void>
  readonly #stream: Readable
  readonly #decoder = new StringDecoder('utf8')
  readonly #waiting: Line[] = []
  readonly #end = Promise.withResolvers<void>()
  #partial = ''
  #cut = false
  #over = false
  #wake = (): void => {}

  constructor(stream: Readable) {
    this.#stream = stream
    this.ended = this.#end.promise
    stream.on('data', this.#onData)
    stream.on('end', this.#onEnd)
    stream.on('close', this.#onEnd)
    // A terminal that hangs up is an end like any other.
    stream.on('error', this.#onEnd)
  }

  /** The next line; undefined at the end of the input. Rejects with the signal's reason when that aborts. */
  async next(signal: AbortSignal): Promise<Line | undefined> {
    for (;;) {
      signal.throwIfAborted()
      const line = this.#waiting.shift()
      if (line) {
        if (this.#waiting.length < MAX_WAITING / 2 && this.#stream.isPaused()) this.#stream.resume()
        return line
      }
      if (this.#over) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      const wake = (): void => {
        resolve()
      }
      this.#wake = wake
      signal.addEventListener('abort', wake, { once: true })
      await promise
      signal.removeEventListener('abort', wake)
    }
  }

  /** Lets go of the stream, which is left paused. Idempotent. */
  close(): void {
    this.#stream.off('data', this.#onData)
    this.#stream.off('end', this.#onEnd)
    this.#stream.off('close', this.#onEnd)
    this.#stream.pause()
  }

  readonly #onData = (chunk: Buffer | string): void => {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(chunk)
    const [first = '', ...rest] = text.split('\n')
    this.#append(first)
    for (const part of rest) {
      this.#finish()
      this.#append(part)
    }
    if (this.#waiting.length >= MAX_WAITING) this.#stream.pause()
    this.#wake()
  }

  readonly #onEnd = (): void => {
    if (this.#over) return
    this.#append(this.#decoder.end())
    if (this.#partial !== '') this.#finish()
    this.#over = true
    this.#end.resolve()
    this.#wake()
  }

  #append(text: string): void {
    if (this.#partial.length + text.length > MAX_LINE) this.#cut = true
    this.#partial = (this.#partial + text).slice(0, MAX_LINE)
  }

  #finish(): void {
    const text = this.#partial.endsWith('\r') ? this.#partial.slice(0, -1) : this.#partial
    this.#waiting.push({ text, cut: this.#cut })
    this.#partial = ''
    this.#cut = false
  }
}
