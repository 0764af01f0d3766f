import type { ServerMessageOf } from '../protocol/messages.ts'
import type { ClientError as Contract, ClientErrorCode } from './types.ts'

/** What may accompany a failure. */
export interface FailureDetails {
  /** Which field of the request was wrong. */
  readonly field?: string | undefined
  /** After how many milliseconds the same request may succeed. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/**
 * A request that failed. `code` is the server's (`forbidden`, `rate-limited`, …) or the client's own: `closed`,
 * `queue-full`, `unsettled`, `timeout`. Tell them apart by `code`, not by `instanceof`, across bundles.
 */
export class ClientError extends Error implements Contract {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  readonly field: string | undefined
  readonly retryAfterMs: number | undefined

  constructor(code: ClientErrorCode, message: string, { field, retryAfterMs, cause }: FailureDetails = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.field = field
    this.retryAfterMs = retryAfterMs
  }
}

/** The server's refusal as an error. */
export function refusal(frame: ServerMessageOf<'error'>): ClientError {
  const { code, message, field, retryAfterMs } = frame
  return new ClientError(code, message, { field, retryAfterMs })
}
