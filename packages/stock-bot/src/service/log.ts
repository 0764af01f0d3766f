/** How the binary speaks: lines for people, or one JSON object a line for machines. Always standard error. */

export type LogFormat = 'text' | 'json'

/** Something that happened. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  /** A short stable name, for machines: `ready`, `stopped`. */
  readonly event: string
  /** One sentence, for people. */
  readonly text: string
  /** Details that only machines read. */
  readonly fields?: Readonly<Record<string, unknown>>
}

export type Log = (line: LogLine) => void

/** Makes a log that writes whole lines. */
export function createLog(
  format: LogFormat,
  write: (line: string) => void,
  now: () => number = Date.now,
): Log {
  if (format === 'json')
    return ({ level, event, text, fields }) => {
      const time = new Date(now()).toISOString()
      write(`${JSON.stringify({ time, level, event, msg: text, ...fields })}\n`)
    }
  return ({ text }) => {
    // An error's text may come from the network: it must not move the cursor or start a line of its own.
    write(`${text.replaceAll(/\p{C}+/gu, ' ')}\n`)
  }
}
