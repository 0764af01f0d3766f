import type { Transport } from '../../connection.ts'

/** The first byte of a whole text message. */
export const FIN_TEXT = 0x81

/** Bytes of the header in front of a payload of this length (RFC 6455, section 5.2; a server never masks). */
const headerLength = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10)

/** A frame whose header is written, and whose last `length` bytes are for the payload. */
export function startFrame(first: number, length: number): Buffer {
  const start = headerLength(length)
  const frame = Buffer.allocUnsafe(start + length)
  frame[0] = first
  if (start === 2) frame[1] = length
  else if (start === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  return frame
}

/** A whole text message as one unmasked WebSocket frame, ready for the socket. */
function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const frame = startFrame(FIN_TEXT, length)
  frame.write(text, frame.length - length)
  return frame
}

/** Framed once, shared by every WebSocket of the process. */
export const wsTransport: Transport<Buffer> = {
  name: 'ws',
  encode: textFrame,
  size: frame => frame.length,
}
