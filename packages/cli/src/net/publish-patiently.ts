import type { Clock } from '@hubbub/hub'
import type { ClientRoom, Receipt } from '@hubbub/hub/client'
import { isClientError } from './failures.ts'
import { pause } from './pause.ts'

/** Behind this a log may not know a message again: it is not sent any more by itself. In milliseconds. */
const TOO_OLD_MS = 600_000

/** What a publish is sent with. */
export interface PatientOptions {
  readonly id: string
  readonly signal: AbortSignal
  readonly clock: Clock
}

/**
 * Publishes, and again with the same id after the time that the server asks for, as often as it asks, for 10 minutes
 * at most. A server whose log is away is the client's to wait for. Rejects with any other refusal, with one that asks
 * for more patience than that, and with the signal's reason when that aborts.
 */
export async function publishPatiently(
  room: ClientRoom,
  text: string,
  { id, signal, clock }: PatientOptions,
): Promise<Receipt> {
  const end = clock.monotonic() + TOO_OLD_MS
  for (;;)
    try {
      return await room.publish(text, { id, signal })
    } catch (error) {
      // One that names no time means never.
      if (!isClientError(error) || error.retryAfterMs === undefined) throw error
      if (clock.monotonic() + error.retryAfterMs >= end) throw error
      await pause(clock, error.retryAfterMs, signal)
    }
}
