import type { Transport } from '../../connection.ts'
import { Close } from '../../protocol/codes.ts'

/** A message and its line end, encoded once and shared by every stream of the process. */
export const lineTransport: Transport<Buffer> = {
  name: 'stream',
  encode: text => Buffer.from(`${text}\n`),
  size: frame => frame.length,
}

/** How a connection ended. */
export interface Ending {
  readonly code: number
  readonly reason: string
}

/** The last line of a side that says goodbye. 1005 and 1006 stand for the absence of a code and are not sent. */
export function closeLine({ code, reason }: Ending): Buffer {
  const said = code === Close.noStatus || code === Close.abnormal ? {} : { code, reason }
  return lineTransport.encode(JSON.stringify({ type: 'close', ...said }))
}

/** What a goodbye says, or undefined where the line is none. */
export function parseClose(text: string): Ending | undefined {
  // Nearly every line is none: they are parsed once, by the hub.
  if (!text.includes('"close"')) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || value.type !== 'close')
    return undefined
  const code = 'code' in value ? value.code : undefined
  const reason = 'reason' in value ? value.reason : undefined
  const valid = typeof code === 'number' && Number.isInteger(code) && code >= 1_000 && code < 5_000
  return {
    code: valid ? code : Close.noStatus,
    reason: typeof reason === 'string' ? reason.slice(0, 123) : '',
  }
}
