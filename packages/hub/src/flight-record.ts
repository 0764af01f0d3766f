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
  /** Copied at each incident: a list that grows in place keeps room for sixteen more, and most see three. */
  #incidents: readonly Incident[] = []
  /** When each of them was. Beside them, because numbers in a list of their own take a third of the room. */
  #times: readonly number[] = []
  #forgotten = 0

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  note(incident: Incident): void {
    // Not by spreading, which leaves the same room behind.
    this.#incidents = this.#incidents.concat(incident)
    this.#times = this.#times.concat(this.#clock.now())
    if (this.#incidents.length <= FIRST + NEWEST) return
    this.#incidents = this.#incidents.toSpliced(FIRST, 1)
    this.#times = this.#times.toSpliced(FIRST, 1)
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
  readonly #open = new Map<string, FlightRecord>()
  readonly #ended = new Map<string, FlightRecord>()

  get(session: string): FlightRecord | undefined {
    return this.#open.get(session) ?? this.#ended.get(session)
  }

  /** Keeps a record under the session's id; a connection that resumes it has the next one. */
  keep(session: string, record: FlightRecord): void {
    this.#open.set(session, record)
    this.#ended.delete(session)
  }

  /** The record's connection is over. Where another has resumed the session, its record is the one to keep. */
  end(session: string, record: FlightRecord): void {
    if (this.#open.get(session) !== record) return
    this.#open.delete(session)
    this.#ended.set(session, record)
    const { value: oldest } = this.#ended.keys().next()
    if (this.#ended.size > KEPT && oldest !== undefined) this.#ended.delete(oldest)
  }
}
