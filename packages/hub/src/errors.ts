import { ERROR_CODES, type ErrorCode } from './protocol/codes.ts'
import type { ServerMessageOf } from './protocol/messages.ts'

/** What may accompany a refusal. */
export interface RefusalDetails {
  /** Which field of the request was wrong. */
  readonly field?: string
  /** After how many milliseconds the same request may succeed. */
  readonly retryAfterMs?: number
  readonly cause?: unknown
}

/** A request that the hub or a middleware refuses. Its message is shown to the client as it is. */
export class HubError extends Error {
  override readonly name = 'HubError'
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, { field, retryAfterMs, cause }: RefusalDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.field = field
    this.retryAfterMs = retryAfterMs
  }
}

/** Why a connection is closed with 1012. */
export const STOPPING = 'the server is stopping'

/** The answer to what is asked of a hub that closes. */
export const stopping = (): HubError => new HubError('unavailable', STOPPING)

/** Whether an error names a code of the protocol, and so may be shown to the client. Across packages. */
export function isRefusal(error: unknown): error is HubError {
  return error instanceof Error && 'code' in error && ERROR_CODES.some(code => code === error.code)
}

/** What the client is told: a refusal as it is; of anything else, only that it went wrong. */
export function errorFrame(error: unknown, id: string | undefined): ServerMessageOf<'error'> {
  const answers = id === undefined ? {} : { id }
  if (!isRefusal(error))
    return { type: 'error', ...answers, code: 'internal', message: 'something went wrong; try again' }
  const { code, message, field } = error
  const retryAfterMs = milliseconds(error.retryAfterMs)
  return {
    type: 'error',
    ...answers,
    code,
    message,
    ...(field !== undefined && { field }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  }
}

const ignore = (): void => {}

/** Somebody who is told of errors. What goes wrong there is dropped: there is nobody left to tell. */
export function guarded(onError: (error: unknown) => unknown): (error: unknown) => void {
  return thrown => {
    try {
      const told = onError(thrown)
      if (told instanceof Promise) told.catch(ignore)
    } catch {
      // A logger that fails must not take a session with it.
    }
  }
}

/** A time as the protocol has it; none where there is none, as in a limiter's `Infinity` for "never". */
function milliseconds(ms: number | undefined): number | undefined {
  if (ms === undefined || !Number.isFinite(ms)) return undefined
  return Math.min(Math.max(0, Math.ceil(ms)), Number.MAX_SAFE_INTEGER)
}
