import type { ChatMessage, ClientRoom, Delivery } from '@hubbub/hub/client'

/** Messages of one page, which is the most that a server gives at once. */
const PAGE = 200
/** Most messages that are fetched; what lies further back is reported as missing. */
const MOST = 10_000

/**
 * The messages of a room from behind `since` to `newest`, ascending; what is not kept any more is reported as
 * `skipped`. A room whose numbers have not got as far as `since` has begun anew: then all of it is given, behind
 * a `reset`.
 */
export async function readSince(
  room: ClientRoom,
  since: number,
  newest: { readonly epoch: string; readonly seq: number },
  signal: AbortSignal,
): Promise<readonly Delivery[]> {
  const begunAnew = since > newest.seq
  const after = begunAnew ? 0 : since
  const pages: (readonly ChatMessage[])[] = []
  let oldest = newest.seq + 1
  for (let count = 0; oldest > after + 1 && count < MOST;) {
    const limit = Math.min(PAGE, oldest - after - 1)
    const { messages, complete } = await room.history({ before: oldest, limit, signal })
    const [first] = messages
    if (!first) break
    pages.unshift(messages)
    count += messages.length
    oldest = first.seq
    if (complete) break
  }
  const deliveries: Delivery[] = []
  if (begunAnew) deliveries.push({ kind: 'reset', epoch: newest.epoch, seq: 0, reason: 'ahead' })
  if (oldest > after + 1) deliveries.push({ kind: 'skipped', from: after + 1, to: oldest - 1 })
  for (const message of pages.flat()) deliveries.push({ kind: 'message', message })
  return deliveries
}
