import type { Clock, Scheduler } from './clock.ts'
import type { Peer } from './connection.ts'
import type { User } from './identities.ts'
import type { MessageLog } from './log.ts'
import type { Overflow } from './outbox.ts'

/** What a client said in `hello`, and where it comes from. */
export interface Credentials {
  readonly token: string | undefined
  readonly name: string | undefined
  readonly peer: Peer
  /** Aborts when the connection ends or the time for `welcome` has passed. */
  readonly signal: AbortSignal
}

/** Which rooms exist: any valid name, a list, or a rule. */
export type RoomRule = 'any' | readonly string[] | ((room: string, user: User) => boolean | Promise<boolean>)

/** Numbers that bound what one client may ask of the hub. Each has the protocol's default. */
export interface HubLimits {
  /** Bytes of one frame from a client. @default 32 KiB */
  readonly frameBytes: number
  /** Bytes owed to one connection. @default 1 MiB */
  readonly outboxBytes: number
  /** Frames owed to one connection. @default 1,024 */
  readonly outboxFrames: number
  /** Frames of one session that wait to be handled. @default 64 */
  readonly inboundFrames: number
  /** Rooms that one session may join. @default 100 */
  readonly roomsPerSession: number
  /** Messages given back on resume. @default 1,000 */
  readonly recoveryMessages: number
  /** Bytes of one page of history. @default 256 KiB */
  readonly pageBytes: number
  /** How long the log may take to answer, in milliseconds. @default 5,000 */
  readonly logMs: number
  /** How long a connection may stay without `welcome`, in milliseconds. @default 10,000 */
  readonly welcomeMs: number
  /** How long a session and a guest's name outlive their connection, in milliseconds. @default 120,000 */
  readonly sessionGraceMs: number
  /** How long somebody whose connection broke is still shown, in milliseconds. @default 10,000 */
  readonly presenceGraceMs: number
  /**
   * Silence after which a peer is asked for a sign of life, and after which it is gone when it gives none; looked at
   * once a second. @default 25,000 ms
   */
  readonly heartbeatMs: number
  /** How long a turn may give messages to subscribers before it lets others go on. @default 4 ms */
  readonly sliceMs: number
  /** How long bytes may wait without any of them being taken; looked at once a second. @default 10,000 ms */
  readonly writeMs: number
}

/** How a hub behaves. */
export interface HubOptions {
  /** Where messages are ordered and kept. @default a memory log: history ends with the process */
  readonly log?: MessageLog
  /**
   * Decides who a client is; undefined or a rejection refuses it. Asked again on every resume, and the name that
   * it gives then is the one that is shown. A name that no guest could have (1–32 characters, none of them control,
   * bidi or zero-width) goes to `onError`, and the client gets `internal`.
   * @default guests: anybody is who they say, as long as the name is free
   */
  readonly authenticate?: (credentials: Credentials) => User | undefined | Promise<User | undefined>
  /** @default 'any' */
  readonly rooms?: RoomRule
  /** Names that no guest may take. @default ['bot', 'stock-bot', 'hub', 'server', 'system'] */
  readonly reservedNames?: readonly string[]
  /** What happens to a subscriber who cannot keep up with a room; may differ by room. @default 'disconnect' */
  readonly overflow?: Overflow | ((room: string) => Overflow)
  readonly limits?: Partial<HubLimits>
  /**
   * Told of errors that are nobody's fault but the code's: a middleware that threw, a closer that failed. What it
   * throws itself goes nowhere.
   */
  readonly onError?: (error: unknown) => void
  /** Aborting closes the hub. */
  readonly signal?: AbortSignal
  /** @default the machine's clock */
  readonly clock?: Clock
  /** @default the event loop's order */
  readonly scheduler?: Scheduler
  /** Chance, for the moments at which clients are closed. @default Math.random */
  readonly random?: () => number
  /** Makes what nobody can guess of a session's id. @default 128 random bits */
  readonly secret?: () => string
}

/** How a hub stops. */
export interface CloseOptions {
  /** The clients' closes are spread over this. @default min(5,000, 5 × clients) ms */
  readonly windowMs?: number
  /** When the last connection is closed at the latest. @default 10,000 ms */
  readonly deadlineMs?: number
}

/** The options after defaults. */
export interface ResolvedOptions {
  readonly log: MessageLog
  readonly authenticate: HubOptions['authenticate']
  readonly rooms: RoomRule
  readonly reservedNames: readonly string[]
  readonly overflow: (room: string) => Overflow
  readonly limits: HubLimits
  readonly onError: HubOptions['onError']
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: () => number
  readonly secret: () => string
  /** Closes the log where the hub made it. */
  readonly closeLog: (() => void | Promise<void>) | undefined
}

const DEFAULT_LIMITS: HubLimits = {
  frameBytes: 32 * 1024,
  outboxBytes: 1024 * 1024,
  outboxFrames: 1_024,
  inboundFrames: 64,
  roomsPerSession: 100,
  recoveryMessages: 1_000,
  pageBytes: 256 * 1024,
  logMs: 5_000,
  welcomeMs: 10_000,
  sessionGraceMs: 120_000,
  presenceGraceMs: 10_000,
  heartbeatMs: 25_000,
  writeMs: 10_000,
  sliceMs: 4,
}

/** With 0 of these nothing could be said, or everybody would be closed at the first look. */
const FROM_ONE: ReadonlySet<string> = new Set<keyof HubLimits>([
  'frameBytes',
  'outboxBytes',
  'outboxFrames',
  'logMs',
  'welcomeMs',
  'heartbeatMs',
  'writeMs',
])

/** The limits with their defaults. Throws a RangeError that names the one that is out of range. */
export function resolveLimits(given: Partial<HubLimits> = {}): HubLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULT_LIMITS, name)) throw new RangeError(`limits.${name} is not a limit of the hub`)
    const least = FROM_ONE.has(name) ? 1 : 0
    if (!Number.isSafeInteger(value) || value < least)
      throw new RangeError(`limits.${name} must be an integer from ${least}, got ${String(value)}`)
  }
  return { ...DEFAULT_LIMITS, ...given }
}

export const DEFAULT_RESERVED = ['bot', 'stock-bot', 'hub', 'server', 'system']
