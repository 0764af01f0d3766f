import type { Channel } from 'amqplib'
import type { Clock } from '../clock.ts'
import { within } from './wait.ts'

const TIMEOUT_MS = 2_000

/**
 * Closes a channel, and never rejects: it may be closed already. The library leaves `close` unanswered for ever
 * when the connection ends meanwhile; the event `close` comes all the same.
 */
export async function closeChannel(clock: Clock, channel: Channel): Promise<void> {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const onClose = (): void => {
    resolve()
  }
  channel.once('close', onClose)
  try {
    await within(clock, TIMEOUT_MS, 'closing a channel', Promise.race([channel.close(), closed]))
  } catch {
    // Closed already, or its connection does not answer and will be closed in turn.
  } finally {
    channel.off('close', onClose)
  }
}
