import type { ServerMessage } from '@hubbub/hub'
import type { Wire } from './wires.ts'

/** Somebody who behaves, in the midst of the storm: is always answered, and misses no message of the room. */
export class Witness {
  messages = 0
  readonly #wire: Wire
  readonly #waiting = new Map<string, () => void>()
  #pings = 0
  #seq = 0
  #fault: string | undefined

  constructor(wire: Wire) {
    this.#wire = wire
    wire.onAnswer = text => {
      this.#read(JSON.parse(text) as ServerMessage)
    }
    void wire.closed.then(code => {
      this.#fail(`the witness was closed with ${code ?? 'no code'}`)
    })
  }

  /** Resolves when it has joined. */
  async enter(): Promise<void> {
    this.#wire.text('{"type":"hello","id":"hello","name":"Witness"}')
    this.#wire.text('{"type":"join","id":"join","room":"general","last":0}')
    await this.#answer('join')
  }

  /** Resolves when it was answered; rejects with what went wrong since. */
  async alive(): Promise<void> {
    this.#pings += 1
    const id = `witness-${this.#pings}`
    this.#wire.text(JSON.stringify({ type: 'ping', id }))
    await this.#answer(id)
  }

  async leave(): Promise<void> {
    this.#wire.leave('goodbye')
    await this.#wire.closed
  }

  async #answer(id: string): Promise<void> {
    const answered = Promise.withResolvers<void>()
    this.#waiting.set(id, answered.resolve)
    if (this.#fault === undefined) await answered.promise
    this.#waiting.delete(id)
    if (this.#fault !== undefined) throw new Error(this.#fault)
  }

  #read(message: ServerMessage): void {
    if (message.type === 'joined') this.#seq = message.seq
    if (message.type === 'pong' || message.type === 'joined') this.#waiting.get(message.id)?.()
    if (message.type === 'reset' || message.type === 'skipped' || message.type === 'error')
      this.#fail(`the witness got ${JSON.stringify(message)}`)
    if (message.type !== 'message') return
    this.messages += 1
    this.#seq += 1
    if (message.seq !== this.#seq) this.#fail(`the witness got ${message.seq} instead of ${this.#seq}`)
  }

  #fail(fault: string): void {
    this.#fault ??= fault
    for (const wake of this.#waiting.values()) wake()
  }
}
