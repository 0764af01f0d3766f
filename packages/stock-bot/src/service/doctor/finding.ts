/** One thing that the doctor has looked at. */
export interface Finding {
  readonly part: 'broker' | 'topology' | 'source'
  /** What was looked at: an address without secrets, a queue, a source. */
  readonly subject: string
  /** `note`: worth knowing. `warning`: works, and may not for long. `problem`: does not work. */
  readonly severity: 'ok' | 'note' | 'warning' | 'problem'
  /** What there is, in a sentence without its full stop. */
  readonly text: string
  /** What would help. */
  readonly remedy?: string
}

/** As a line or two for people, or as one JSON object. */
export function shown(finding: Finding, json: boolean): string {
  if (json) return JSON.stringify(finding)
  const { subject, severity, text, remedy } = finding
  const line = `${severity.padEnd(7)}  ${subject}: ${text}`
  const lines = remedy === undefined ? [line] : [line, `${' '.repeat(9)}→ ${remedy}`]
  // Some of it comes from the network: it must not move the cursor or start a line of its own.
  return lines.map(each => each.replaceAll(/\p{C}+/gu, ' ')).join('\n')
}
