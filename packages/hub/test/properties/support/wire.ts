import type { Connection, Hub, ServerMessage, Transport } from '@hubbub/hub'

/** A frame that was parsed when it was encoded: once, however many connections it goes to. */
export interface WireFrame {
  readonly message: ServerMessage
  readonly size: number
}

/** Frames of plain ASCII, so that characters are bytes. */
export const wireTransport: Transport<WireFrame> = {
  name: 'wire',
  encode: text => ({ message: JSON.parse(text) as ServerMessage, size: text.length }),
  size: ({ size }) => size,
}

/**
 * A connection whose every call is seen at once, without turns between the hub and the peer: what is said arrives
 * now, and what is written was read unless the peer has stalled.
 */
export class Wire implements Connection<WireFrame> {
  readonly transport: Transport<WireFrame>
  readonly peer = {}
  bufferedBytes = 0
  receivedBytes = 0
  onMessage: Connection['onMessage']
  onDrain: Connection['onDrain']
  onClose: Connection['onClose']
  /** What the hub has written, in order. */
  readonly frames: ServerMessage[] = []
  /** The code that the hub closed with. */
  closed: number | undefined
  /** Whether what is written stays in the buffer until it is taken. */
  stalled = false

  constructor(hub: Hub, transport: Transport<WireFrame> = wireTransport) {
    this.transport = transport
    hub.accept(this)
  }

  say(...messages: readonly object[]): this {
    for (const message of messages) {
      const text = JSON.stringify(message)
      this.receivedBytes += text.length
      this.onMessage?.(text)
    }
    return this
  }

  /** The peer takes so many of the bytes that wait. */
  take(bytes = this.bufferedBytes): void {
    if (this.bufferedBytes === 0) return
    this.bufferedBytes = Math.max(0, this.bufferedBytes - bytes)
    this.onDrain?.()
  }

  write(frames: readonly WireFrame[]): void {
    for (const { message, size } of frames) {
      if (this.stalled) this.bufferedBytes += size
      this.frames.push(message)
    }
  }

  close(code: number, _reason: string): void {
    this.closed = code
  }
}
