/**
 * The real client on a terminal emulator, with a fake server. Time is virtual: Ink, the
 * emulator and the client wait on timers that move only with `flush` and `advance`.
 */
import { vi } from 'vitest'
import { runTui, type TuiOptions } from '../../../src/tui/run.tsx'
import { FakeClient, type FakeRoom } from './fake-client.ts'
import { TestKeyboard } from './keyboard.ts'
import { TestScreen } from './screen.ts'

/** React and streams go on in turns of the real event loop. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

/** Puts timers under the test's control. Call it before anything is made. */
export function useVirtualTime(): void {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
    now: Date.UTC(2026, 10, 23, 12, 31),
  })
}

/** Lets time pass, and everything that happens in it arrive on the screen. */
export async function advance(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    await settle()
    await vi.advanceTimersByTimeAsync(Math.min(left, 100))
  }
  await settle()
  // What was written last is still in the emulator's own queue.
  await vi.advanceTimersByTimeAsync(1)
}

/** A running client under test. */
export class Harness {
  readonly client = new FakeClient(() => Date.now())
  readonly keyboard = new TestKeyboard()
  readonly screen: TestScreen
  readonly #abort = new AbortController()
  /** Settles as `runTui` does. */
  readonly exit: Promise<number>

  constructor({
    columns = 80,
    rows = 16,
    ...options
  }: { columns?: number; rows?: number } & Partial<TuiOptions> = {}) {
    this.screen = new TestScreen(columns, rows)
    this.exit = runTui({
      client: this.client,
      room: 'general',
      address: '127.0.0.1:4480',
      stdin: this.keyboard,
      stdout: this.screen,
      signal: this.#abort.signal,
      timeZone: 'UTC',
      colour: false,
      ...options,
    })
    this.exit.catch(() => {})
  }

  get room(): FakeRoom {
    return this.client.join('general')
  }

  /** Online, joined, with ann (the user) and bob in the room, and an empty history. */
  async join(): Promise<void> {
    this.client.online()
    this.room.confirm()
    await this.flush()
    for (const history of this.room.histories.splice(0)) history.resolve({ messages: [], complete: true })
    await this.flush()
  }

  /** Lets promises settle and everything that was drawn arrive on the screen; 200 ms pass. */
  flush(): Promise<void> {
    return this.advance(200)
  }

  advance(ms: number): Promise<void> {
    return advance(ms)
  }

  /** Presses keys and looks at the screen. */
  async press(keys: string): Promise<void> {
    this.keyboard.type(keys)
    await this.flush()
  }

  abort(): void {
    this.#abort.abort()
  }

  /** The screen as text; trailing blank rows stay, so that its height is seen. */
  async look(): Promise<string> {
    await this.flush()
    return this.screen.text()
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.flush()
    await this.exit.catch(() => {})
    this.screen.dispose()
  }
}
