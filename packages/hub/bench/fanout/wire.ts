/** As much of RFC 6455 as a cheap client and the raw server of this bench need. */
import { createHash } from 'node:crypto'

const FIN = 0x80
const RSV1 = 0x40
const MASKED = 0x80

export const Opcode = { text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const

/** Bytes of the header of an unmasked frame with this payload. */
export const headerLength = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

function writeHeader(frame: Buffer, opcode: number, length: number, mask: number): number {
  const start = headerLength(length)
  frame[0] = FIN | opcode
  if (start === 2) frame[1] = mask | length
  else if (start === 4) {
    frame[1] = mask | 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = mask | 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  return start
}

/** A frame as a server sends it; `compressed` says of the payload that it is. */
export function serverFrame(payload: Buffer, compressed = false): Buffer {
  const frame = Buffer.alloc(headerLength(payload.length) + payload.length)
  payload.copy(frame, writeHeader(frame, compressed ? RSV1 | Opcode.text : Opcode.text, payload.length, 0))
  return frame
}

/** A frame as a client sends it. Its masking key is 0, which masks nothing: the load has better things to do. */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const start = headerLength(payload.length) + 4
  const frame = Buffer.alloc(start + payload.length)
  writeHeader(frame, opcode, payload.length, MASKED)
  payload.copy(frame, start)
  return frame
}

/** What the server must answer to a key. */
export const acceptKey = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

/** Told of each frame: where its payload lies, and whether it is compressed. The buffer is used again afterwards. */
export type OnFrame = (
  opcode: number,
  data: Buffer,
  start: number,
  length: number,
  compressed: boolean,
) => void

/** Cuts what comes from a socket into frames. */
export class FrameReader {
  readonly #onFrame: OnFrame
  #rest: Buffer | undefined

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame
  }

  /** Takes the first `count` bytes of `chunk`. */
  take(chunk: Buffer, count: number): void {
    let data = chunk
    let end = count
    if (this.#rest) {
      data = Buffer.concat([this.#rest, chunk.subarray(0, count)])
      end = data.length
      this.#rest = undefined
    }
    let at = 0
    while (end - at >= 2) {
      const second = data[at + 1] ?? 0
      const mask = second & MASKED ? 4 : 0
      let length = second & 0x7f
      let start = at + 2
      if (length === 126) {
        if (end - at < 4) break
        length = data.readUInt16BE(start)
        start += 2
      } else if (length === 127) {
        if (end - at < 10) break
        length = Number(data.readBigUInt64BE(start))
        start += 8
      }
      start += mask
      if (end - start < length) break
      const first = data[at] ?? 0
      this.#onFrame(first & 0xf, data, start, length, (first & RSV1) !== 0)
      at = start + length
    }
    if (at < end) this.#rest = Buffer.from(data.subarray(at, end))
  }
}
