import type { HubLimits } from './options.ts'
import type { Session } from './session.ts'

/** What a session asks of its hub. */
export interface SessionOwner {
  readonly limits: HubLimits
  /** Handles one frame; a promise keeps the session's line. MUST NOT throw or reject. */
  handle(session: Session, text: string, waitedMs: number): Promise<void> | undefined
  /** A frame came while the line was full. */
  refuse(session: Session, text: string, inARow: number): void
  /** Something waits in the outbox: flush it at the end of the turn. */
  owe(session: Session): void
  /** The connection threw, which it must not. */
  failed(error: unknown): void
  /** The session is over. Called once. `byPeer` where the peer ended it with this code. */
  ended(session: Session, code: number, byPeer: boolean): void
}
