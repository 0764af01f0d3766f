import type { Credentials, HubOptions, ServerMessage } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import type { Peer } from '../../support/peer.ts'
import { must } from './must.ts'
import { World } from './world.ts'

/** One connection of somebody, as it looks from outside. */
export interface Visit {
  readonly number: number
  readonly user: string
  readonly peer: Peer
  /** The session that it comes back for. */
  readonly wants: string | undefined
  /** The session that it was welcomed with. */
  session: string | undefined
  /** Whether the hub is asking who it is, or knows. */
  asked: boolean
  /** Publishes that the middleware has in hand. */
  underWay: number
}

/** A hub that believes everybody, but takes its time about it, and about what they say. */
export class Visits {
  readonly world: World
  readonly all: Visit[] = []
  /** Sessions that were said goodbye to. */
  readonly left = new Set<string>()
  readonly #exploration: Exploration

  constructor(exploration: Exploration, options?: HubOptions) {
    this.#exploration = exploration
    const authenticate = (credentials: Credentials) => this.#authenticate(credentials)
    this.world = new World(exploration, { authenticate, ...options })
    this.world.hub.use(async ({ request }, next) => {
      if (request.type !== 'publish') return next()
      const visit = this.all[Number.parseInt(request.id, 10)]
      must(visit !== undefined, `${request.id} is nobody's`)
      visit.underWay += 1
      for (let more = exploration.integer(1, 4); more > 0; more -= 1) await exploration.step('middleware')
      visit.underWay -= 1
      return next()
    })
  }

  /** Connects and says hello; resolves with the welcome or the end. */
  async begin(user: string, wants: string | undefined): Promise<Visit> {
    const peer = this.world.peer()
    const number = this.all.length
    const visit: Visit = { number, user, peer, wants, session: undefined, asked: false, underWay: 0 }
    this.all.push(visit)
    peer.send({ type: 'hello', id: 'h', token: `${number}`, ...(wants && { session: wants }) })
    await peer.until(() => peer.of('welcome')[0] ?? peer.closed)
    visit.session = peer.of('welcome')[0]?.session
    return visit
  }

  /** Sends a request; resolves with its answer, or with nothing where the connection ended before. */
  async ask({ peer }: Visit, id: string, request: object): Promise<ServerMessage | undefined> {
    peer.send({ id, ...request })
    const answer = () =>
      peer.frames.find(frame => 'id' in frame && frame.id === id && frame.type !== 'message')
    await peer.until(() => answer() ?? peer.closed)
    return answer()
  }

  async end({ peer, session }: Visit, code: 1000 | 1006): Promise<void> {
    if (code === 1000 && session !== undefined) this.left.add(session)
    peer.close(code)
    await peer.end()
  }

  /** The token is the number of the visit. */
  async #authenticate({ token }: Credentials) {
    const visit = this.all[Number(token)]
    if (!visit) return undefined
    visit.asked = true
    await this.#exploration.step('authenticate')
    return { id: visit.user, name: visit.user }
  }
}
