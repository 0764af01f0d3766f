import assert from 'node:assert/strict'
import { type Clock, secret } from '../clock.ts'
import type { Appended, Awaitable, Draft, LoggedMessage, MessageLog, Page, Range } from '../log.ts'
import type { Author } from '../protocol/messages.ts'
import { VirtualClock } from './virtual-clock.ts'

/** What a case asks of the log that it gets. */
export interface LogSetUp {
  readonly clock: Clock
  /** Keep the newest so many of every room. Absent: at least 1,000. Needed for the capability `retention`. */
  readonly messagesPerRoom?: number
}

/** What not every log can do. */
export interface LogCapabilities {
  /** The log can be told how many messages it keeps. @default false */
  readonly retention?: boolean
  /** Closes a log and opens what it has left, as a restart would. Give it for a log that is `durable`. */
  readonly reopen?: (log: MessageLog, setUp: LogSetUp) => Awaitable<MessageLog>
  /**
   * Brings about what lets every room begin anew, with another epoch: a backup that is put back, or memory that
   * runs out. Returns the log behind it. Give it where something can.
   */
  readonly renew?: (log: MessageLog, setUp: LogSetUp) => Awaitable<MessageLog>
}

/** One promise of `MessageLog`, checked. */
export interface LogCase {
  /** A sentence about the log. */
  readonly name: string
  readonly needs?: keyof LogCapabilities
  readonly messagesPerRoom?: number
  readonly run: (probe: LogProbe) => Promise<void>
}

/** A user as an author. */
export const user = (id: string, name = id): Author => ({ id, name, kind: 'user' })
/** A bot as an author. */
export const bot = (id: string): Author => ({ id, name: id, kind: 'bot' })

/** A draft; by default one that no other is like. */
export const draft = (given: Partial<Draft> = {}): Draft => ({
  id: secret(),
  author: user('ann'),
  text: 'hello',
  ...given,
})

/** Short forms of a log's acts on a room of the case's own. */
export class LogProbe {
  readonly clock = new VirtualClock()
  readonly #messagesPerRoom: number | undefined
  readonly #create: (setUp: LogSetUp) => Awaitable<MessageLog>
  readonly #capabilities: LogCapabilities
  /** Random, so that a real database may be shared and used again. */
  readonly room = `room-${secret()}`
  #log: MessageLog | undefined

  constructor(
    create: (setUp: LogSetUp) => Awaitable<MessageLog>,
    capabilities: LogCapabilities,
    messagesPerRoom: number | undefined,
  ) {
    this.#create = create
    this.#capabilities = capabilities
    this.#messagesPerRoom = messagesPerRoom
  }

  get log(): MessageLog {
    assert.ok(this.#log, 'the log is open')
    return this.#log
  }

  async open(): Promise<void> {
    this.#log = await this.#create(this.#setUp)
  }

  async restart(): Promise<void> {
    await this.#replace('reopen')
  }

  async renew(): Promise<void> {
    await this.#replace('renew')
  }

  async append(...drafts: readonly Draft[]): Promise<readonly Appended[]> {
    return this.log.append(this.room, drafts)
  }

  async read(range: Range): Promise<Page> {
    return this.log.read(this.room, range)
  }

  /** Appends `count` messages with the texts '1', '2', '3' … */
  async fill(count: number): Promise<void> {
    await this.append(...Array.from({ length: count }, (_, i) => draft({ text: `${i + 1}` })))
  }

  /** The numbers of the messages that a range has. */
  async seqs(range: Range): Promise<readonly number[]> {
    const { messages } = await this.read(range)
    return messages.map(({ seq }) => seq)
  }

  /** Everything that is kept. */
  async all(): Promise<readonly LoggedMessage[]> {
    const { messages } = await this.read({ limit: 1_000 })
    return messages
  }

  async #replace(how: 'reopen' | 'renew'): Promise<void> {
    const act = this.#capabilities[how]
    assert.ok(act, `the capability \`${how}\` is given`)
    this.#log = await act(this.log, this.#setUp)
  }

  get #setUp(): LogSetUp {
    const { clock } = this
    return this.#messagesPerRoom === undefined ? { clock } : { clock, messagesPerRoom: this.#messagesPerRoom }
  }
}

/** The numbers from `first` to `last`. */
export const numbers = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i)
