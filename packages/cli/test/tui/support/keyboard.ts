import { EventEmitter } from 'node:events'

/** A keyboard that remembers whether it is in raw mode. */
export class TestKeyboard extends EventEmitter {
  readonly isTTY = true
  raw = false
  flowing = false

  setRawMode(raw: boolean): this {
    this.raw = raw
    return this
  }

  resume(): this {
    this.flowing = true
    return this
  }

  pause(): this {
    this.flowing = false
    return this
  }

  type(text: string): void {
    this.emit('data', Buffer.from(text))
  }
}
