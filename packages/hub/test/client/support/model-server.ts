import type { ClientMessage, ClientMessageOf, ServerMessage } from '@hubbub/hub'
import type { ChatMessage, ClientSocket, Connect } from '@hubbub/hub/client'
import type { Cancel } from '../../../src/clock.ts'
import type { VirtualClock } from '@hubbub/hub/testing'
import { chat } from './fake-server.ts'

/** Messages that a model keeps, and gives back on a join. */
const KEPT = 8
/** How long a model keeps the session and the name of a connection that broke. */
const GRACE_MS = 120_000

/** What goes wrong between the client and the server, drawn by the test. */
export interface Weather {
  /** How long the next frame is under way, in milliseconds. */
  delay(): number
  /** Whether the next `message` frame reaches the client twice. */
  repeats(): boolean
  /** Whether the next `message` frame is lost without a word. */
  loses(): boolean
  /** Whether the log answers the next publish; where it does not, the publish may have landed. */
  log(): 'up' | 'down' | 'landed'
}

/** One socket: frames are under way for a while and stay in order; a cut loses those of both directions. */
class Wire implements ClientSocket {
  onopen: ClientSocket['onopen'] = null
  onmessage: ClientSocket['onmessage'] = null
  onclose: ClientSocket['onclose'] = null
  onerror: ClientSocket['onerror'] = null
  joined = false
  #cut = false
  readonly #server: ModelServer
  readonly #clock: VirtualClock
  readonly #arrivals = { up: 0, down: 0 }

  constructor(server: ModelServer, clock: VirtualClock) {
    this.#server = server
    this.#clock = clock
    this.#travel('down', () => this.onopen?.())
  }

  send(text: string): void {
    this.#travel('up', () => {
      this.#server.receive(this, JSON.parse(text) as ClientMessage)
    })
  }

  close(code = 1000): void {
    this.#travel('up', () => {
      this.cut(code)
    })
  }

  give(message: ServerMessage): void {
    this.#travel('down', () => this.onmessage?.({ data: JSON.stringify(message) }))
  }

  cut(code: number): void {
    if (this.#cut) return
    this.#cut = true
    this.#server.gone(this, code)
    this.onclose?.({ code, reason: '' })
  }

  #travel(way: 'up' | 'down', arrive: () => void): void {
    const now = this.#clock.monotonic()
    this.#arrivals[way] = Math.max(this.#arrivals[way], now + this.#server.weather.delay())
    this.#clock.setTimer(() => {
      if (!this.#cut) arrive()
    }, this.#arrivals[way] - now)
  }
}

/** The smallest server of the protocol: one room, one client, a log that dedupes and forgets. */
export class ModelServer {
  readonly wires = new Set<Wire>()
  readonly weather: Weather
  /** Everything that was ever in the log, of the epoch that is. */
  log: ChatMessage[] = []
  /** Texts in the order in which they were first appended, over all epochs. */
  readonly appended: string[] = []
  /** Publishes that were answered with `unavailable`. */
  outages = 0
  readonly #seqs = new Map<string, number>()
  readonly #clock: VirtualClock
  #epoch = 1
  #sessions = 0
  /** The only session that there may be, since the only guest has the only name. */
  #session: { readonly secret: string; wire: Wire; expiry?: Cancel } | undefined

  constructor(clock: VirtualClock, weather: Weather) {
    this.#clock = clock
    this.weather = weather
  }

  readonly connect: Connect = () => {
    const wire = new Wire(this, this.#clock)
    this.wires.add(wire)
    return wire
  }

  get epoch(): string {
    return `e${this.#epoch}`
  }

  /** Appends somebody else's message. */
  post(): void {
    this.#append({ ...chat(0), id: `other-${this.appended.length}` })
  }

  /** The connection breaks, if there is one. */
  cut(code = 1006): void {
    for (const wire of this.wires) wire.cut(code)
  }

  /** The log is lost: the room begins anew, and who is in it is told. */
  restart(): void {
    this.#epoch += 1
    this.log = []
    for (const wire of this.wires)
      if (wire.joined)
        wire.give({ type: 'reset', room: 'general', epoch: this.epoch, seq: 0, reason: 'epoch' })
  }

  receive(wire: Wire, message: ClientMessage): void {
    switch (message.type) {
      case 'hello':
        this.#greet(wire, message)
        break
      case 'join':
        wire.joined = true
        wire.give({ type: 'joined', id: message.id, room: message.room, ...this.#read(message.after) })
        break
      case 'publish':
        this.#publish(wire, message)
        break
      case 'ping':
        wire.give({ type: 'pong', id: message.id })
        break
      default:
    }
  }

  /** A connection has ended: its session is over at a goodbye, else after the grace. */
  gone(wire: Wire, code: number): void {
    this.wires.delete(wire)
    const session = this.#session
    if (session?.wire !== wire) return
    const end = (): void => {
      this.#session = undefined
    }
    if (code === 1000) end()
    else session.expiry = this.#clock.setTimer(end, GRACE_MS)
  }

  #greet(wire: Wire, { id, session }: ClientMessageOf<'hello'>): void {
    const resumed = this.#session !== undefined && this.#session.secret === session
    if (this.#session && !resumed) {
      wire.give({ type: 'error', id, code: 'forbidden', field: 'name', message: 'taken' })
      return
    }
    this.#session?.expiry?.()
    const secret = this.#session?.secret ?? `s${(this.#sessions += 1)}`
    this.#session = { secret, wire }
    const user = { id: 'guest:ann', name: 'Ann' }
    wire.give({ type: 'welcome', id, session: secret, resumed, user, limits: {}, heartbeatMs: 25_000 })
  }

  #publish(wire: Wire, { id, room, text }: ClientMessageOf<'publish'>): void {
    const log = this.weather.log()
    const land = (): number => this.#seqs.get(id) ?? this.#append({ ...chat(0), id, text })
    if (log === 'up') {
      wire.give({ type: 'ack', id, room, seq: land() })
      return
    }
    this.outages += 1
    if (log === 'landed') land()
    wire.give({ type: 'error', id, code: 'unavailable', message: 'the log does not answer' })
  }

  #append(draft: ChatMessage): number {
    const message = { ...draft, seq: this.log.length + 1 }
    this.log.push(message)
    this.#seqs.set(draft.id, message.seq)
    this.appended.push(draft.text)
    for (const wire of this.wires) {
      if (!wire.joined || this.weather.loses()) continue
      wire.give({ type: 'message', ...message })
      if (this.weather.repeats()) wire.give({ type: 'message', ...message })
    }
    return message.seq
  }

  #read(after: { readonly epoch: string; readonly seq: number } | undefined) {
    const { epoch, log } = this
    const state = { epoch, seq: log.length, members: [], count: 1, version: 0 }
    const newest = log.slice(-KEPT)
    if (!after) return { ...state, messages: newest, recovered: false }
    if (after.epoch !== epoch)
      return { ...state, messages: newest, recovered: false, reason: 'epoch' as const }
    const missed = log.slice(after.seq)
    if (missed.length <= KEPT) return { ...state, messages: missed, recovered: true }
    return { ...state, messages: newest, recovered: false, reason: 'trimmed' as const }
  }
}
