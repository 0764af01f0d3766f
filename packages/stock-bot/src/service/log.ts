/** How the binary speaks: lines for people, or one JSON object a line for machines. Always standard error. */
import { correlation } from './correlation.ts'

export type LogFormat = 'text' | 'json'

type LogLevel = 'info' | 'warn' | 'error'

/** Something that happened. */
export interface LogLine {
  readonly level: LogLevel
  /** A short stable name, for machines: `ready`, `stopped`. */
  readonly event: string
  /** One sentence, for people. */
  readonly text: string
  /** Details that only machines read. */
  readonly fields?: Readonly<Record<string, unknown>>
}

export type Log = (line: LogLine) => void

/** Makes a log that writes whole lines. JSON is written by pino, which is loaded only then. */
export async function createLog(
  format: LogFormat,
  write: (line: string) => void,
  now: () => number = Date.now,
): Promise<Log> {
  if (format === 'text') return textLog(write)
  const { jsonLog } = await import('./json-log.ts')
  return jsonLog(write, now)
}

/** A line for people. What belongs to a command ends with the id that its client gave it. */
function textLog(write: (line: string) => void): Log {
  return ({ text, fields }) => {
    const id = fields?.['correlationId'] ?? correlation()?.correlationId
    const line = typeof id === 'string' ? `${text} [${id}]` : text
    // An error's text may come from the network: it must not move the cursor or start a line of its own.
    write(`${line.replaceAll(/\p{C}+/gu, ' ')}\n`)
  }
}
