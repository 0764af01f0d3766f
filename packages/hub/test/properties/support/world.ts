import { createHub, type Hub, type HubOptions, memoryLog, type MessageLog, secret } from '@hubbub/hub'
import { type Exploration, type FaultyLink, faultyTransport, VirtualClock } from '@hubbub/hub/testing'
import { Peer } from '../../support/peer.ts'

/** A log that takes effect at the call, as its contract says, and answers when the explorer wants. */
function answeringLater(log: MessageLog, { later }: Exploration): MessageLog {
  return {
    ...log,
    append: async (room, drafts) => later(await log.append(room, drafts), 'append'),
    read: async (room, range) => later(await log.read(room, range), 'read'),
    positions: async rooms => later(await log.positions(rooms), 'positions'),
  }
}

/** A hub whose turns, time and log the explorer decides, and the people who talk to it. */
export class World {
  readonly clock = new VirtualClock()
  /** What the hub's log is made of: it answers at once. */
  readonly log: MessageLog
  readonly hub: Hub
  /** How many ends of turns the hub has had: what it does at one of them, it does together. */
  turns = 0
  readonly #exploration: Exploration
  readonly #errors: unknown[] = []

  /** The log's deadline is out of reach unless the limits say otherwise: its answers take no time. */
  constructor(exploration: Exploration, { limits, log, ...options }: HubOptions = {}) {
    const { clock } = this
    this.#exploration = exploration
    this.log = log ?? memoryLog({ clock, secret })
    this.hub = createHub({
      clock,
      scheduler: {
        defer: task =>
          exploration.scheduler.defer(() => {
            this.turns += 1
            task()
          }),
      },
      random: () => 0.5,
      log: answeringLater(this.log, exploration),
      limits: { logMs: 1_000_000, ...limits },
      onError: error => this.#errors.push(error),
      ...options,
    })
  }

  /** A connection that has said nothing yet. */
  peer(): Peer {
    return new Peer(this.hub, { scheduler: this.#exploration.scheduler })
  }

  /** The same over a link that breaks when it is told to. */
  faulty(): { readonly peer: Peer; readonly link: FaultyLink } {
    const { hub, clock } = this
    const connect = faultyTransport(hub, { scheduler: this.#exploration.scheduler, clock })
    return { peer: new Peer(hub, {}, connect('faulty:')), link: connect.last }
  }

  /** Moves time on when it is this step's turn. */
  async pass(ms: number): Promise<void> {
    await this.#exploration.step(`${ms} ms pass`)
    await this.clock.advance(ms)
  }

  /** Closes the hub without a window, and checks that nothing of it is left and nothing went wrong inside. */
  async close(): Promise<void> {
    await this.hub.close({ windowMs: 0 })
    if (this.#errors.length > 0) throw this.#errors[0]
    if (this.clock.pending > 0) throw new Error(`${this.clock.pending} timers are left after close`)
  }
}
