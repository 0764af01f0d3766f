import { must } from './must.ts'
import { Wire, type WireFrame } from './wire.ts'

/** What is thrown on purpose. */
export class Fault extends Error {}

/** A connection whose adapter has a fault: from some moment on, one of its methods throws. */
export class FaultyWire extends Wire {
  broken: 'write' | 'close' | 'ping' | undefined

  ping(): void {
    this.#breakAt('ping')
  }

  override write(frames: readonly WireFrame[]): void {
    this.#breakAt('write')
    super.write(frames)
  }

  override close(code: number, reason: string): void {
    this.#breakAt('close')
    super.close(code, reason)
  }

  /** What comes out of it again is its own adapter's to see. */
  override say(...messages: readonly object[]): this {
    try {
      return super.say(...messages)
    } catch (error) {
      must(error instanceof Fault, String(error))
      return this
    }
  }

  #breakAt(method: FaultyWire['broken']): void {
    if (this.broken === method) throw new Fault(method)
  }
}
