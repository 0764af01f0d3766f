import type { Transport } from './connection.ts'
import type { ServerMessage } from './protocol/messages.ts'

/** A message on its way out: JSON-encoded once, framed once per transport, shared by every session it goes to. */
export class Outgoing {
  readonly message: ServerMessage
  #text: string | undefined
  readonly #frames: { readonly transport: Transport; readonly frame: unknown }[] = []

  constructor(message: ServerMessage) {
    this.message = message
  }

  /** The frame for a transport; made at the first call. */
  frame(transport: Transport): unknown {
    // A hub has a handful of transports at most: a short list is faster than a map.
    for (const made of this.#frames) if (made.transport === transport) return made.frame
    this.#text ??= JSON.stringify(this.message)
    const frame = transport.encode(this.#text)
    this.#frames.push({ transport, frame })
    return frame
  }
}
