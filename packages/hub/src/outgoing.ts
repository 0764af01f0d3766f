import type { Transport } from './connection.ts'
import type { ServerMessage } from './protocol/messages.ts'

/** A message as one transport sends it. */
export interface Framed {
  readonly transport: Transport
  readonly frame: unknown
  /** Bytes of the frame. */
  readonly size: number
}

/** A message on its way out: JSON-encoded once, framed once per transport, shared by every session it goes to. */
export class Outgoing {
  readonly message: ServerMessage
  #text: string | undefined
  /** What was asked for last: a room's subscribers mostly share one transport. */
  #last: Framed | undefined
  readonly #made: Framed[] = []

  constructor(message: ServerMessage) {
    this.message = message
  }

  /** The frame for a transport; made at the first call. */
  for(transport: Transport): Framed {
    if (this.#last?.transport === transport) return this.#last
    this.#last = this.#made.find(framed => framed.transport === transport) ?? this.#make(transport)
    return this.#last
  }

  /**
   * Lets the JSON text go: everybody who was there has it framed, and may be owed the frame for a long time. A
   * transport that is new to it afterwards has it made again.
   */
  release(): void {
    this.#text = undefined
  }

  #make(transport: Transport): Framed {
    this.#text ??= JSON.stringify(this.message)
    const frame = transport.encode(this.#text)
    const framed = { transport, frame, size: transport.size(frame) }
    this.#made.push(framed)
    return framed
  }
}
