/** What an `error` frame may say. */
export const ERROR_CODES = [
  'bad-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'not-joined',
  'too-large',
  'rate-limited',
  'unavailable',
  'no-bot',
  'internal',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** Why a connection was closed. Below 4000: RFC 6455; above: this protocol's own. */
export const Close = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  noStatus: 1005,
  abnormal: 1006,
  invalidPayload: 1007,
  policyViolation: 1008,
  tooLarge: 1009,
  internal: 1011,
  restart: 1012,
  tryAgainLater: 1013,
  malformed: 4400,
  unauthenticated: 4401,
  revoked: 4403,
  slow: 4408,
  replaced: 4409,
  silent: 4410,
  flood: 4429,
} as const

const RECONNECT: ReadonlySet<number> = new Set([
  Close.goingAway,
  // A browser reports a connection that ended without a close frame as 1005 or 1006.
  Close.noStatus,
  Close.abnormal,
  Close.internal,
  Close.restart,
  Close.tryAgainLater,
  Close.slow,
  Close.silent,
  Close.flood,
])

/** Whether a client may connect again by itself after a close with this code. */
export const mayReconnect = (code: number): boolean => RECONNECT.has(code)

/** The WebSocket subprotocol's name. */
export const PROTOCOL = 'hubbub.v1'
