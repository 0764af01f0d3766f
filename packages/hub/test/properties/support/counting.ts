import type { Transport } from '@hubbub/hub'
import { type WireFrame, wireTransport } from './wire.ts'

/** Counts how often each message is framed. */
export class Counting implements Transport<WireFrame> {
  readonly name: string
  readonly framed = new Map<string, number>()

  constructor(name: string) {
    this.name = name
  }

  size({ size }: WireFrame): number {
    return size
  }

  encode(text: string): WireFrame {
    const frame = wireTransport.encode(text)
    const { message } = frame
    if (message.type === 'message') this.framed.set(message.id, (this.framed.get(message.id) ?? 0) + 1)
    return frame
  }
}
