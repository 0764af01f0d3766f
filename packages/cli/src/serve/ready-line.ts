import type { LogChoice } from './log.ts'

/** What is said once a server serves: scripts wait for it, and people learn what it keeps and what not. */
export function readyLine(url: string, log: LogChoice): string {
  const history = log.kind === 'memory' ? 'history ends with this process' : `history in ${log.path}`
  return `chat-cli ready: ${url} (${history})`
}
