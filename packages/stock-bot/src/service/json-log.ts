import { pino } from 'pino'
import { correlation } from './correlation.ts'
import type { Log } from './log.ts'

/** One JSON object a line, written at once and by nobody else: a transport would be a thread and a file of its own. */
export function jsonLog(write: (line: string) => void, now: () => number): Log {
  const logger = pino(
    {
      base: null,
      level: 'info',
      formatters: { level: level => ({ level }) },
      timestamp: () => `,"time":"${new Date(now()).toISOString()}"`,
      mixin: () => ({ ...correlation() }),
    },
    { write },
  )
  return ({ level, event, text, fields }) => {
    logger[level]({ event, ...fields }, text)
  }
}
