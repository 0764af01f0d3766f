import type { Channel, ChannelModel } from 'amqplib'
import { DEFAULT_BACKOFF, reconnectDelay } from './backoff.ts'
import { closeChannel } from './close-channel.ts'
import type { AmqpConnection, Part } from './connection.ts'
import { tell } from './events.ts'
import type { Session } from './session.ts'
import { asError, pause, within } from './wait.ts'

/** What a channel is kept open for. */
export interface ChannelUse<C extends Channel> {
  /** In events, for example `consume bot.stock.v1`. */
  readonly name: string
  open(model: ChannelModel): Promise<C>
  /** Makes the channel ready. A rejection closes it; it is then opened again. */
  prepare(channel: C): Promise<void>
  /** The channel is gone. Called once for each channel that `prepare` had seen, before the next one comes. */
  lost(): void
}

// Longer than RabbitMQ takes to find a new leader, shorter than its own 60 s patience with a lost one.
const PREPARE_TIMEOUT_MS = 15_000
const SLOWEST_MS = 5_000

/**
 * Keeps one channel open on a supervised connection. An error on it stays with it: the connection and the other
 * channels go on, and this one is opened again, ever slower while it keeps failing.
 */
export class KeptChannel<C extends Channel> implements Part {
  readonly #connection: AmqpConnection
  readonly #use: ChannelUse<C>
  readonly #stopped = new AbortController()
  readonly #remove: () => void
  #channel: C | undefined
  /** Lets go of the channel. */
  #lose: () => void = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(connection: AmqpConnection, use: ChannelUse<C>) {
    this.#connection = connection
    this.#use = use
    this.#remove = connection.add(this)
  }

  attach(session: Session): void {
    const before = this.#running
    this.#running = before.then(() => this.#run(session))
  }

  /** Closes this channel, to have another. */
  async renew(): Promise<void> {
    await this.#close()
  }

  /** Closes the channel for good. Never rejects. Idempotent. */
  async stop(): Promise<void> {
    this.#remove()
    this.#stopped.abort()
    await this.#close()
    await this.#running
  }

  async #close(): Promise<void> {
    if (!this.#channel) return
    const lose = this.#lose
    await closeChannel(this.#connection.clock, this.#channel)
    // A broker that takes no messages does not hear the goodbye either: its answer would be waited for in vain.
    lose()
  }

  async #run(session: Session): Promise<void> {
    const { clock, random, name, onEvent } = this.#connection
    const over = (): boolean => session.signal.aborted || this.#stopped.signal.aborted
    for (let attempt = 0; !over(); attempt += 1) {
      const began = clock.monotonic()
      const error = await this.#live(session)
      if (over()) break
      if (clock.monotonic() - began >= SLOWEST_MS) attempt = 0
      const retryInMs = reconnectDelay({ ...DEFAULT_BACKOFF, max: SLOWEST_MS }, attempt, random)
      tell(onEvent, { type: 'channel-lost', connection: name, channel: this.#use.name, error, retryInMs })
      await pause(clock, retryInMs, session.signal, this.#stopped.signal)
    }
  }

  /** One channel's life. Returns why it ended. */
  async #live(session: Session): Promise<Error> {
    const { clock } = this.#connection
    const timed = <T>(what: string, work: Promise<T>): Promise<T> =>
      within(clock, PREPARE_TIMEOUT_MS, `${this.#use.name}: ${what}`, work, this.#stopped.signal)
    let channel: C
    try {
      channel = await timed('opening a channel', this.#use.open(session.model))
    } catch (error) {
      return asError(error)
    }
    let failure: Error | undefined
    const { promise: closed, resolve } = Promise.withResolvers<void>()
    let gone = false
    const lose = (): void => {
      if (gone) return
      gone = true
      this.#channel = undefined
      this.#use.lost()
      resolve()
    }
    channel.on('error', error => {
      failure = error
    })
    channel.once('close', lose)
    if (session.signal.aborted || this.#stopped.signal.aborted) {
      await closeChannel(clock, channel)
      return new Error('no longer needed')
    }
    this.#channel = channel
    this.#lose = lose
    try {
      await timed('getting ready', this.#use.prepare(channel))
    } catch (error) {
      failure ??= asError(error)
      await closeChannel(clock, channel)
      lose()
    }
    await closed
    return failure ?? new Error('the channel was closed')
  }
}
