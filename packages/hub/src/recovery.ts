import { byteLength } from './bytes.ts'
import type { LoggedMessage, MessageLog } from './log.ts'
import type { ChatMessage } from './protocol/messages.ts'
import { toChatMessage } from './room.ts'

/** Where a client left off. */
export interface ResumePoint {
  readonly epoch: string
  readonly seq: number
}

/** What a `joined` frame says about the room's messages. */
export interface Recovery {
  readonly epoch: string
  readonly seq: number
  readonly messages: readonly ChatMessage[]
  readonly recovered: boolean
  readonly reason?: 'epoch' | 'trimmed' | 'too-far' | 'ahead'
}

/** Bounds of what one `joined` may carry. */
export interface RecoveryLimits {
  readonly messages: number
  readonly bytes: number
  readonly pageBytes: number
}

/** Messages given where `after` was of no use. */
const FALLBACK = 50

/** The newest of the messages that fit; ascending. */
export function fitPage(room: string, page: readonly LoggedMessage[], bytes: number): readonly ChatMessage[] {
  const fits: ChatMessage[] = []
  let left = bytes
  for (const message of page.toReversed()) {
    const shown = toChatMessage(room, message)
    left -= byteLength(JSON.stringify(shown)) + 1
    // One message always fits a page; an empty page would look like the end of history.
    if (left < 0 && fits.length > 0) break
    fits.push(shown)
  }
  return fits.toReversed()
}

/**
 * Reads what a joining client misses. `recovered` only where every message after its point is there: never a
 * part of them (centrifuge's rule). The position is the log's at the time of the read.
 */
export async function recover(
  log: MessageLog,
  room: string,
  after: ResumePoint | undefined,
  last: number,
  limits: RecoveryLimits,
): Promise<Recovery> {
  let reason: Recovery['reason']
  if (after) {
    const page = await log.read(room, { after: after.seq, limit: limits.messages })
    const { epoch, seq } = page
    if (epoch !== after.epoch) reason = 'epoch'
    else if (after.seq > seq) reason = 'ahead'
    else if (page.oldest > after.seq + 1) reason = 'trimmed'
    else {
      const messages = fitPage(room, page.messages, limits.bytes)
      if (messages.length === seq - after.seq) return { epoch, seq, messages, recovered: true }
      reason = 'too-far'
    }
  }
  const page = await log.read(room, { limit: after ? FALLBACK : last })
  const { epoch, seq } = page
  const messages = fitPage(room, page.messages, limits.pageBytes)
  return { epoch, seq, messages, recovered: false, ...(reason && { reason }) }
}
