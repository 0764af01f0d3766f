/** What a client has seen of the room: a message, or anything that is none. */
export type Seen = { readonly seq: number; readonly id: string } | { readonly gap: string }

/** What a drill has written down. */
export interface Records {
  /** Where the server has said that a message landed, by the message's id. */
  readonly acks: ReadonlyMap<string, number>
  /** What each client was given, in order. All were there before the first message. */
  readonly seen: readonly (readonly Seen[])[]
  /** What the log has in the end: ids, from number 1. */
  readonly logged: readonly string[]
}

/** What went wrong, counted over all clients. */
export interface Verdict {
  /** Acknowledged, and not in the log, or not given to a client, in the place that was named. */
  readonly lost: number
  /** Given to a client more than once, by id or by number. */
  readonly doubled: number
  /** Given in another order than the log's, with a hole before it, or not in the log. */
  readonly misplaced: number
}

/** Compares what was acknowledged with what was seen, client by client. */
export function judge({ acks, seen, logged }: Records): Verdict {
  let lost = 0
  for (const [id, seq] of acks) if (logged[seq - 1] !== id) lost += 1
  let doubled = 0
  let misplaced = 0
  for (const client of seen) {
    const places = new Map<string, number>()
    let last = 0
    for (const each of client) {
      if ('gap' in each) {
        misplaced += 1
        continue
      }
      if (places.has(each.id) || each.seq <= last) doubled += 1
      else if (each.seq !== last + 1 || logged[each.seq - 1] !== each.id) misplaced += 1
      places.set(each.id, each.seq)
      last = Math.max(last, each.seq)
    }
    for (const [id, seq] of acks) if (places.get(id) !== seq) lost += 1
  }
  return { lost, doubled, misplaced }
}
