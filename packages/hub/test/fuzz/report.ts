import type { StormReport } from './storm.ts'

/** The report in a line of figures, and a line for each failure. */
export function describeStorm(report: StormReport): string {
  const { transport, texts, bytes, handled, connections, answers, closes, growthMB, seconds, seed } = report
  const codes = [...closes].toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1))
  const figures = [
    `${transport}: ${texts + bytes} frames (${texts} texts, ${bytes} raw), ${handled} reached the hub`,
    `${connections} connections`,
    `${answers} answers`,
    `closes ${codes.map(([code, count]) => `${code}: ${count}`).join(' ')}`,
    `heap ${growthMB < 0 ? '' : '+'}${growthMB.toFixed(1)} MB`,
    `${seconds.toFixed(0)} s`,
    `seed ${seed}`,
  ]
  return [figures.join(', '), ...report.failures.map(each => `FAILED ${each}`)].join('\n')
}
