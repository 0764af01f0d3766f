/** The terminal as Ink sees it: all that Ink writes goes through here, so that the painter knows when it did. */
import { EventEmitter } from 'node:events'

const ENTER_ALTERNATE = '\x1b[?1049h'
/** The alternate screen opens with the cursor where the shell left it; a frame has to begin at the top. */
const HOME = '\x1b[H'

/** The part of `process.stdout` that is used. */
export interface TerminalOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  write(text: string, done?: (error?: Error | null) => void): boolean
  on(event: 'resize', listener: () => void): unknown
  off(event: 'resize', listener: () => void): unknown
}

/** Hands Ink's writes on, and tells of each. */
export class InkOutput extends EventEmitter {
  readonly #stdout: TerminalOutput
  readonly #onWrite: (text: string) => void
  readonly #onResize = (): void => {
    this.emit('resize')
  }

  constructor(stdout: TerminalOutput, onWrite: (text: string) => void) {
    super()
    this.#stdout = stdout
    this.#onWrite = onWrite
    stdout.on('resize', this.#onResize)
  }

  get isTTY(): boolean {
    return this.#stdout.isTTY === true
  }

  get columns(): number {
    return this.#stdout.columns ?? 80
  }

  get rows(): number {
    return this.#stdout.rows ?? 24
  }

  get writable(): boolean {
    return true
  }

  write(text: string, done?: (error?: Error | null) => void): boolean {
    const taken = this.#stdout.write(text.replace(ENTER_ALTERNATE, ENTER_ALTERNATE + HOME), done)
    this.#onWrite(text)
    return taken
  }

  /** Lets go of the terminal, which stays open. */
  close(): void {
    this.#stdout.off('resize', this.#onResize)
    this.removeAllListeners()
  }
}
