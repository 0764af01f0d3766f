import { Wire, type WireFrame } from './wire.ts'
import type { World } from './world.ts'

/** A connection that notes how it ends, and everything that is done to it after that. */
export class Mortal extends Wire {
  readonly faults: string[] = []
  readonly name: string
  /** The peer has gone. */
  gone = false

  constructor(name: string, { hub }: World, session?: string) {
    super(hub)
    this.name = name
    this.say({ type: 'hello', id: 'h', name, ...(session !== undefined && { session }) })
    this.say({ type: 'join', id: 'j', room: 'general', last: 0 })
  }

  get ended(): boolean {
    return this.gone || this.closed !== undefined
  }

  /** The peer ends it, or the transport says that the hub's close is done: maybe more than once. */
  leave(code: number): void {
    this.gone = true
    this.onClose?.(code, '')
  }

  override write(frames: readonly WireFrame[]): void {
    if (this.ended) this.faults.push(`${this.name} was written to after its end`)
    super.write(frames)
  }

  override close(code: number, reason: string): void {
    if (this.ended) this.faults.push(`${this.name} was closed with ${code} after its end`)
    super.close(code, reason)
  }
}
