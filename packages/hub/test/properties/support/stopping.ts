import type { Exploration } from '@hubbub/hub/testing'
import type { Peer } from '../../support/peer.ts'
import { Counted } from './counted.ts'
import { must } from './must.ts'
import { World } from './world.ts'

/** A connection, and what was published on it. */
interface Visit {
  readonly peer: Peer
  readonly sent: string[]
  /** Of one that reads nothing for a while: how many messages it is still owed. */
  readonly owed: (() => number) | undefined
}

/** A hub that stops at some moment, and judges whether everybody is let go as they were told. */
export class Stopping {
  readonly world: World
  /** Everybody's time but the hub's. */
  readonly outside: Counted
  readonly windowMs: number
  readonly deadlineMs: number
  /** Whether the hub has stopped. */
  over = false
  readonly #sees: (what: string) => void
  readonly #visits: Visit[] = []
  /** When everybody's moment was drawn. */
  #drawnAt = Infinity

  constructor(exploration: Exploration, sees: (what: string) => void) {
    const { integer, pick } = exploration
    this.#sees = sees
    this.windowMs = pick([0, 1_000, 2_000])
    this.deadlineMs = pick([500, 1_500, 3_000])
    this.world = new World(exploration, {
      random: () => {
        if (!this.world.hub.ready) this.#drawnAt = Math.min(this.#drawnAt, this.world.clock.now())
        return integer(0, 999) / 1_000
      },
    })
    this.outside = new Counted(this.world.clock)
  }

  /** Waits for so long as everybody else has it. */
  async wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.outside.setTimer(resolve, ms)
    await promise
  }

  /** Waits until a millisecond before a moment of the drain. */
  untilJustBefore(momentMs: number): Promise<void> {
    return this.wait(this.#drawnAt + momentMs - 1 - this.outside.now())
  }

  /** Keeps a connection to be judged. */
  visit(peer: Peer, owed?: () => number): Visit {
    const visit: Visit = { peer, sent: [], owed }
    this.#visits.push(visit)
    return visit
  }

  /** Stops the hub; resolves when it has stopped. */
  async stop(): Promise<void> {
    const { hub, clock } = this.world
    const closing = hub.close({ windowMs: this.windowMs, deadlineMs: this.deadlineMs })
    must(hub.close() === closing, 'the second close was another')
    await closing
    this.over = true
    const left = clock.pending - this.outside.pending
    must(left === 0, `${left} timers of the hub are left`)
    must(hub.stats().sessions === 0, 'a connection outlived the hub')
  }

  /** Everything has happened that can at this time: who is there was served, and who is not there kept nobody waiting. */
  look(): void {
    const { hub, clock } = this.world
    must(this.over || hub.ready || hub.stats().sessions > 0, 'everybody is gone, and the window goes on')
    for (const { peer, sent, owed } of this.#visits) {
      if (peer.closed) continue
      const acked = new Set(peer.of('ack').map(({ id }) => id))
      for (const id of sent) must(acked.has(id), `${id} was not acked`)
      const [drain] = peer.of('drain')
      if (!drain) continue
      if (sent.length > 0) this.#sees('served')
      const late = clock.now() - this.#drawnAt - drain.reconnectAfterMs
      must(late <= 0 || owed !== undefined, `kept for ${late} ms too long`)
    }
  }

  /** Each was told once and let go then, or at the deadline; who came too late was turned away. */
  judge(): void {
    for (const { peer, owed } of this.#visits) {
      must(peer.closed !== undefined, 'a connection outlived the hub')
      const [drain, ...more] = peer.of('drain')
      must(more.length === 0, 'a client was told twice')
      if (peer.closed.code !== 1012) continue
      // Who reads nothing has not read that either.
      if (!drain && !owed) must(peer.frames.length === 0, 'a client was let go untold')
      if (peer.frames.length === 0) this.#sees('turned away')
      this.#judgeEnd(peer, drain?.reconnectAfterMs, owed)
    }
  }

  #judgeEnd(peer: Peer, slotMs = 0, owed?: () => number): void {
    must(slotMs >= 0 && slotMs <= this.windowMs, `a moment at ${slotMs} ms`)
    const [welcome] = peer.of('welcome')
    if (!welcome) return
    const { incidents = [] } = this.world.hub.explain(welcome.session) ?? {}
    const closed = incidents.find(({ what }) => what === 'closed')
    must(closed !== undefined, 'it is not known why a client was let go')
    const ms = closed.at - this.#drawnAt
    const dueMs = Math.min(slotMs, this.deadlineMs)
    // It may be later: what it had said is answered, and what it is owed is read.
    must(ms >= dueMs && ms <= this.deadlineMs, `let go at ${ms} ms, not ${dueMs}`)
    if (owed && ms < this.deadlineMs) must(owed() === 0, `let go at ${ms} ms, and owed ${owed()} messages`)
    if (ms === this.deadlineMs) this.#sees('at the deadline')
    else if (owed) this.#sees('when it had read')
    else this.#sees(ms > dueMs ? 'when it had its answers' : 'at its moment')
  }
}
