/** A command that somebody gave. */
export interface Asked {
  /** Epoch milliseconds. */
  readonly at: number
  /**
   * Whether it was acked, or the code that it was refused with; undefined while neither is known, and `unsettled`
   * where the client has given up waiting to hear it.
   */
  outcome: string | undefined
}

/** What a drill has written down. */
export interface Records {
  readonly asked: ReadonlyMap<string, Asked>
  /** What each user was shown, by the id of the command that it answers. */
  readonly shown: readonly ReadonlyMap<string, readonly string[]>[]
  /** When RabbitMQ was away: from and to, in epoch milliseconds. */
  readonly outages: readonly (readonly [from: number, to: number])[]
  /** How long a command may take, in milliseconds. */
  readonly patience: number
}

/** What came of it, in commands. */
export interface Verdict {
  readonly sent: number
  /** Acked, and answered by a bot before everybody. */
  readonly answered: number
  /** Told at once, or at the deadline, that it was not taken. */
  readonly refused: number
  /** Acked, and told that there was no answer in time, because RabbitMQ was away for most of that time. */
  readonly late: number
  /** Acked, and not answered by a bot before everybody, for no such reason. */
  readonly lost: number
  /** Answered before somebody more than once, or without having been asked. */
  readonly doubled: number
  /** Neither acked nor refused. */
  readonly unsettled: number
}

/** Compares what was asked with what everybody was shown. */
export function judge({ asked, shown, outages, patience }: Records): Verdict {
  const verdict = { sent: asked.size, answered: 0, refused: 0, late: 0, lost: 0, doubled: 0, unsettled: 0 }
  for (const [id, { at, outcome }] of asked) {
    const texts = shown.map(each => each.get(id) ?? [])
    if (texts.some(each => each.length > 1)) verdict.doubled += 1
    if (outcome === undefined || outcome === 'unsettled') verdict.unsettled += 1
    else if (outcome !== 'acked') verdict.refused += 1
    else if (texts.every(([text]) => text === `echo ${id}`)) verdict.answered += 1
    else if (texts.every(([text]) => text !== undefined) && isExcused(at, at + patience, outages))
      verdict.late += 1
    else verdict.lost += 1
  }
  for (const id of new Set(shown.flatMap(each => [...each.keys()]))) if (!asked.has(id)) verdict.doubled += 1
  return verdict
}

function isExcused(from: number, to: number, outages: Records['outages']): boolean {
  const away = outages.reduce(
    (sum, [gone, back]) => sum + Math.max(0, Math.min(to, back) - Math.max(from, gone)),
    0,
  )
  return away > (to - from) / 2
}
