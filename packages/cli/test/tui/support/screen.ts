import { EventEmitter } from 'node:events'
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes'
import xterm from '@xterm/headless'

/** A terminal emulator in memory that looks like a TTY's output stream: tests read the exact cells of it. */
export class TestScreen extends EventEmitter {
  readonly isTTY = true
  readonly terminal: xterm.Terminal
  columns: number
  rows: number
  /** Everything that was written. */
  written = ''
  #open = 0
  #idle = Promise.withResolvers<void>()

  constructor(columns: number, rows: number) {
    super()
    this.columns = columns
    this.rows = rows
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 200 })
    this.terminal.loadAddon(new UnicodeGraphemesAddon())
    this.#idle.resolve()
  }

  write(text: string | Uint8Array, ...rest: readonly unknown[]): boolean {
    const done = rest.findLast(each => typeof each === 'function')
    const string = typeof text === 'string' ? text : Buffer.from(text).toString()
    this.written += string
    if (this.#open++ === 0) this.#idle = Promise.withResolvers()
    // A line discipline with ONLCR turns LF into CRLF; the emulator has none.
    this.terminal.write(string.replaceAll(/(?<!\r)\n/g, '\r\n'), () => {
      if (--this.#open === 0) this.#idle.resolve()
      if (done) (done as () => void)()
    })
    return true
  }

  /** Resolves when the emulator has taken in all that was written. */
  settled(): Promise<void> {
    return this.#idle.promise
  }

  resize(columns: number, rows: number): void {
    this.columns = columns
    this.rows = rows
    this.terminal.resize(columns, rows)
    this.emit('resize')
  }

  /** The visible rows, without trailing spaces. */
  lines(): string[] {
    const { active } = this.terminal.buffer
    return Array.from({ length: this.rows }, (_, row) =>
      (active.getLine(active.baseY + row)?.translateToString(true, 0, this.columns) ?? '').trimEnd(),
    )
  }

  text(): string {
    return this.lines().join('\n')
  }

  /** Where the cursor is, from 0. */
  cursor(): { readonly x: number; readonly y: number } {
    const { active } = this.terminal.buffer
    return { x: active.cursorX, y: active.cursorY }
  }

  dispose(): void {
    this.terminal.dispose()
  }
}
