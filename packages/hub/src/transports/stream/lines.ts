const LF = 0x0a
const CR = 0x0d

/** Why a byte stream cannot be read on. */
export type LineFault = 'too-large' | 'not-utf8'

/**
 * Cuts bytes into lines: LF ends one, a CR before it is left out, empty lines are passed over. Holds at most one
 * line's limit of bytes, whatever comes. After a fault it reads nothing any more.
 */
export class LineReader {
  readonly #limit: number
  readonly #onLine: (text: string) => void
  readonly #onFault: (fault: LineFault) => void
  // A byte order mark is no white space in JSON: it stays, and the line is refused as malformed.
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #held = Buffer.alloc(0)
  #length = 0
  #stopped = false

  /** `limit` is in bytes of a line, its end left out. */
  constructor(limit: number, onLine: (text: string) => void, onFault: (fault: LineFault) => void) {
    this.#limit = limit
    this.#onLine = onLine
    this.#onFault = onFault
  }

  /** Reads no further, in the middle of a chunk as well. */
  stop(): void {
    this.#stopped = true
    this.#held = Buffer.alloc(0)
    this.#length = 0
  }

  push(chunk: Buffer): void {
    let start = 0
    while (!this.#stopped && start < chunk.length) {
      const end = chunk.indexOf(LF, start)
      const part = chunk.subarray(start, end < 0 ? chunk.length : end)
      // One more than the limit: it may be the CR.
      if (this.#length + part.length > this.#limit + 1) return this.#fail('too-large')
      if (end < 0) return this.#hold(part)
      this.#line(part)
      start = end + 1
    }
    return undefined
  }

  #line(part: Buffer): void {
    if (this.#length > 0) this.#hold(part)
    const whole = this.#length > 0 ? this.#held.subarray(0, this.#length) : part
    this.#length = 0
    const line = whole.at(-1) === CR ? whole.subarray(0, -1) : whole
    if (line.length > this.#limit) return this.#fail('too-large')
    if (line.length === 0) return undefined
    let text: string
    try {
      text = this.#decoder.decode(line)
    } catch {
      return this.#fail('not-utf8')
    }
    return this.#onLine(text)
  }

  /** Copies: a part would keep the platform's whole chunk in memory, and a byte at a time must not cost a list. */
  #hold(part: Buffer): void {
    const needed = this.#length + part.length
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafe(Math.min(Math.max(needed, this.#held.length * 2), this.#limit + 1))
      this.#held.copy(grown, 0, 0, this.#length)
      this.#held = grown
    }
    part.copy(this.#held, this.#length)
    this.#length = needed
  }

  #fail(fault: LineFault): void {
    this.stop()
    this.#onFault(fault)
  }
}
