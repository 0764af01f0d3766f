/** What is kept of a session to answer why it ended: sizes, ids and codes, never a text or a credential. */
import type { Clock } from './clock.ts'

/** One thing that happened to a session. */
export type Incident =
  | { readonly what: 'opened'; readonly transport: string; readonly address: string | undefined }
  | { readonly what: 'welcomed'; readonly user: string; readonly resumed: boolean }
  | {
      readonly what: 'joined'
      readonly room: string
      readonly recovered: boolean
      readonly reason: string | undefined
    }
  | { readonly what: 'left'; readonly room: string }
  | {
      readonly what: 'refused'
      readonly request: string
      readonly code: string
      readonly field: string | undefined
    }
  | { readonly what: 'asked' }
  | { readonly what: 'closed'; readonly code: number; readonly reason: string; readonly byPeer: boolean }

/** The answer of `hub.explain`. */
export interface Explanation {
  readonly open: boolean
  /** The first and the newest incidents, oldest first, with the wall-clock time of each. */
  readonly incidents: readonly (Incident & { readonly at: number })[]
  /** Incidents between the two that were forgotten. */
  readonly forgotten: number
  readonly framesIn: number
  readonly framesOut: number
  /** The most bytes that were owed at once. */
  readonly peakBytes: number
}

/** The first incidents say who it was, the newest why it ended; what lies between is forgotten. */
const FIRST = 4
const NEWEST = 28

/** One session's flight recorder. Bounded. */
export class FlightRecord {
  framesIn = 0
  framesOut = 0
  peakBytes = 0
  open = true
  readonly #clock: Pick<Clock, 'now'>
  readonly #incidents: Incident[] = []
  /** When each of them was. Beside them, because numbers in a list of their own take a third of the room. */
  readonly #times: number[] = []
  #forgotten = 0

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  note(incident: Incident): void {
    this.#incidents.push(incident)
    this.#times.push(this.#clock.now())
    if (this.#incidents.length <= FIRST + NEWEST) return
    this.#incidents.splice(FIRST, 1)
    this.#times.splice(FIRST, 1)
    this.#forgotten += 1
  }

  explain(): Explanation {
    const { open, framesIn, framesOut, peakBytes } = this
    const incidents = this.#incidents.map((incident, index) => ({ ...incident, at: this.#times[index] ?? 0 }))
    return { open, incidents, forgotten: this.#forgotten, framesIn, framesOut, peakBytes }
  }
}

/** Records of sessions that have ended; the oldest go first. */
const KEPT = 1_000

/** The flight recorders of all sessions, by the session's id. */
export class FlightRecords {
  readonly #bySession = new Map<string, FlightRecord>()

  get(session: string): FlightRecord | undefined {
    return this.#bySession.get(session)
  }

  /** Keeps a record under the session's id; a connection that resumes it has the next one. */
  keep(session: string, record: FlightRecord): void {
    this.#bySession.delete(session)
    this.#bySession.set(session, record)
    if (this.#bySession.size <= KEPT) return
    for (const [id, each] of this.#bySession) {
      if (each.open) continue
      this.#bySession.delete(id)
      return
    }
  }
}
