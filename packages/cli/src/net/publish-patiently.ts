import type { Clock } from '@hubbub/hub'
import type { ClientRoom, Receipt } from '@hubbub/hub/client'
import { isClientError } from './failures.ts'
import { pause } from './pause.ts'

/** How long to wait where the server says that we are too fast, but not for how long, in milliseconds. */
const PAUSE_MS = 1_000

/** What a publish is sent with. */
export interface PatientOptions {
  readonly id: string
  readonly signal: AbortSignal
  readonly clock: Clock
}

/**
 * Publishes, and again with the same id after the time that the server asks for, as often as it asks. Rejects
 * with any other refusal, and with the signal's reason when that aborts.
 */
export async function publishPatiently(
  room: ClientRoom,
  text: string,
  { id, signal, clock }: PatientOptions,
): Promise<Receipt> {
  for (;;)
    try {
      return await room.publish(text, { id, signal })
    } catch (error) {
      if (!isClientError(error) || (error.code !== 'rate-limited' && error.retryAfterMs === undefined))
        throw error
      await pause(clock, error.retryAfterMs ?? PAUSE_MS, signal)
    }
}
