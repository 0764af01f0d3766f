/** The one signal that a client's work follows: it aborts when the process should end, and when the client cannot go on. */
import type { Client, ClientRoom, Unsubscribe } from '@hubbub/hub/client'
import { CliError, Exit } from '../exit.ts'
import { sanitizeLine } from '../terminal/sanitize.ts'
import { failure } from './failures.ts'
import { untilAborted } from './until-aborted.ts'

/** What ends the work of a client. */
export interface Ending {
  readonly signal: AbortSignal
  /** Rejects with the signal's reason once it aborts, and never resolves: for `Promise.race`. */
  readonly over: Promise<never>
  /** Resolves when the room is joined; rejects like `over`. */
  readonly joined: Promise<void>
  /** Ends it now, for this reason. */
  end(reason: unknown): void
  /** Lets go of client, room and signal. */
  release: Unsubscribe
}

/**
 * Follows `signal`, and the client and the room where they end for good: the reason is then a CliError that says
 * why. An outage is no end, since the client comes back by itself.
 */
export function untilOver(client: Client, room: ClientRoom, signal: AbortSignal): Ending {
  const controller = new AbortController()
  const over = untilAborted(controller.signal)
  const end = (reason: unknown): void => {
    controller.abort(reason)
  }
  const onAbort = (): void => {
    end(signal.reason)
  }
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  let inside = false
  const join = async (): Promise<void> => {
    try {
      await room.ready
      inside = true
    } catch (error) {
      end(failure(`the room ${room.name} cannot be joined`, error))
      await over
    }
  }
  const joined = Promise.race([join(), over])
  // Who waits for it hears of it; who does not yet is told by the signal.
  joined.catch(() => {})
  const ends = [
    client.on('state', state => {
      if (state.status !== 'closed') return
      const code = state.code === 4401 || state.code === 4403 ? Exit.auth : Exit.refused
      end(new CliError(code, `the server has ended this connection: ${sanitizeLine(state.reason)}`))
    }),
    room.on('left', reason => {
      // Of a refused join, and of a client that has ended, others know more.
      if (!inside || client.state.status === 'closed') return
      end(
        new CliError(
          Exit.refused,
          `the room ${room.name} was closed to this client: ${sanitizeLine(reason)}`,
        ),
      )
    }),
    () => {
      signal.removeEventListener('abort', onAbort)
    },
  ]
  return {
    signal: controller.signal,
    over,
    joined,
    end,
    release() {
      for (const each of ends) each()
    },
  }
}
