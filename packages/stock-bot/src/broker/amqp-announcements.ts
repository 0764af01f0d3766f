import { type AmqpConnection, AmqpConsumer, type Delivery, pause, type Publisher } from '@hubbub/hub/amqp'
import { decodeAnnouncement, encodeBots, TYPES } from './amqp-messages.ts'
import { declareBotsQueue } from './amqp-topology.ts'
import type { CommandInfo, Consumer } from './broker.ts'

/** How often a process asks which bots are there, in milliseconds. */
const ASK_MS = 60_000
/** A command that nobody has announced for so long is no longer listed. */
const FORGET_MS = 3 * ASK_MS
const MOST = 1_000

/**
 * Who is there: listens for announcements, asks for them, and answers with its own. All of it is a courtesy to
 * people (texts, aliases, completion): it may be late or lost, and nothing else depends on it.
 */
export class Announcements {
  readonly #connection: AmqpConnection
  readonly #publisher: Publisher
  readonly #appId: string
  readonly #consumer: AmqpConsumer
  readonly #own = new Set<readonly CommandInfo[]>()
  readonly #heard = new Map<string, { readonly info: CommandInfo; readonly at: number }>()
  #listed: readonly CommandInfo[] | undefined
  /** When the oldest of them was heard. */
  #listedSince = 0
  readonly #closing = new AbortController()
  readonly #asking: Promise<void>

  constructor(connection: AmqpConnection, publisher: Publisher, appId: string) {
    this.#connection = connection
    this.#publisher = publisher
    this.#appId = appId
    this.#consumer = new AmqpConsumer(connection, {
      name: 'chat.bots',
      noAck: true,
      queue: declareBotsQueue,
      handle: delivery => {
        this.#hear(delivery)
      },
      onReady: () => {
        this.#say(undefined)
        for (const commands of this.#own) this.#say(commands)
      },
    })
    this.#asking = this.#ask()
  }

  /** Resolves when announcements are heard for the first time. */
  get ready(): Promise<void> {
    return this.#consumer.ready
  }

  /** What was announced, by name; of several announcements of a name the last one. */
  list(): readonly CommandInfo[] {
    const oldest = this.#connection.clock.monotonic() - FORGET_MS
    // The same list until something changes: whoever looks at each message of a chat compares it by identity.
    if (this.#listed && this.#listedSince > oldest) return this.#listed
    const known = Array.from(this.#heard.values()).filter(({ at }) => at > oldest)
    this.#listedSince = known[0]?.at ?? Infinity
    this.#listed = known.map(({ info }) => info)
    return this.#listed
  }

  announce(commands: readonly CommandInfo[]): Consumer {
    const own = [...commands]
    this.#own.add(own)
    this.#say(own)
    return {
      stop: () => {
        this.#own.delete(own)
        return Promise.resolve()
      },
    }
  }

  async close(): Promise<void> {
    this.#own.clear()
    this.#closing.abort()
    await this.#asking
    await this.#consumer.stop()
  }

  #hear({ message }: Delivery): void {
    if (message.properties.type === TYPES.who) {
      for (const commands of this.#own) this.#say(commands)
      return
    }
    if (message.properties.type !== TYPES.announce) return
    const at = this.#connection.clock.monotonic()
    this.#listed = undefined
    for (const info of decodeAnnouncement(message)) {
      this.#heard.delete(info.name)
      this.#heard.set(info.name, { info, at })
    }
    for (const [name, { at: then }] of this.#heard)
      if (this.#heard.size > MOST || at - then >= FORGET_MS) this.#heard.delete(name)
      else break
  }

  /** Best effort: what is lost is asked for again within a minute. */
  #say(commands: readonly CommandInfo[] | undefined): void {
    const { clock } = this.#connection
    this.#publisher
      .publish(encodeBots(commands, { appId: this.#appId, now: clock.now() }))
      .catch(() => undefined)
  }

  async #ask(): Promise<void> {
    const { signal } = this.#closing
    while (!signal.aborted) {
      await pause(this.#connection.clock, ASK_MS, signal)
      if (!signal.aborted && this.#consumer.active) this.#say(undefined)
    }
  }
}
