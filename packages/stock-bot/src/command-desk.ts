import { type Broker, BrokerError, type Command, type Consumer, type Reply } from './broker/broker.ts'
import { MIN_BUDGET_MS, NOTICE_AFTER_MS } from './budget.ts'
import type { BotPost, ChatHost } from './chat.ts'
import { replyIdOf } from './command-id.ts'
import { type Deadline, DeadlineQueue } from './deadline-queue.ts'
import { replyText } from './reply-text.ts'

/** Pause before something that failed is tried again, in milliseconds. */
const RETRY_MS = 1_000
/** A message that the chat refuses for these will be refused for ever. */
const FINAL = new Set<unknown>(['bad-request', 'too-large', 'forbidden', 'not-found'])

/** What a desk needs besides its chat. */
export interface DeskOptions {
  readonly broker: Broker
  /** Most commands that may wait for an answer. */
  readonly limit: number
  readonly onError: (error: unknown) => void
  /** Turns what the broker refused with into what the user is to read. */
  readonly explain: (error: unknown, command: Command) => unknown
}

interface Waiting {
  readonly command: Command
  /** Who tells the room that there was no answer. */
  readonly bot: string
  /** Settles when the broker has the command, or its answer came. */
  readonly taken: PromiseWithResolvers<void>
  /** Acks the publish and its retries. */
  readonly accept: Set<() => void>
  accepted: boolean
  deadline: Deadline | undefined
}

/**
 * Where a chat hands its commands in and gets the answers: each command that was acked gets exactly one
 * message, the bot's or, 1 s after the deadline, that there was none. Both have one id, so the chat's log
 * shows the first.
 */
export class CommandDesk {
  readonly #host: ChatHost
  readonly #options: DeskOptions
  readonly #deadlines: DeadlineQueue
  readonly #waiting = new Map<string, Waiting>()
  readonly #pauses = new Set<() => void>()
  #consumer: Consumer | undefined
  #closed = false

  constructor(host: ChatHost, options: DeskOptions) {
    this.#host = host
    this.#options = options
    this.#deadlines = new DeadlineQueue(host.clock)
  }

  /** Takes replies from now on, and keeps trying where the broker refuses. */
  open(): void {
    void this.#listen()
  }

  /**
   * Hands a command to the broker; calls `accept` when the broker has it. A retry waits for the same
   * answer and is not sent again, however little time it leaves. Rejects with a BrokerError: `unavailable` as well
   * where the deadline is too near for a bot to begin.
   */
  hand(command: Command, bot: string, accept: () => void): Promise<void> {
    return this.#give(command, bot, accept, () => this.#options.broker.send(command))
  }

  /** Answers a command itself, with the same promises: one message, which its retries do not repeat. */
  async answer(
    command: Command,
    { author, text }: Pick<Reply, 'author' | 'text'>,
    accept: () => void,
  ): Promise<void> {
    const { id, commandId, room, replyTo } = command
    const reply = { id: replyIdOf(id), commandId, room, author, text, to: replyTo }
    let isNew = false
    await this.#give(command, author.name, accept, () => {
      isNew = true
      return Promise.resolve()
    })
    if (isNew) void this.#say(reply)
  }

  async #give(command: Command, bot: string, accept: () => void, send: () => Promise<void>): Promise<void> {
    const id = replyIdOf(command.id)
    const before = this.#waiting.get(id)
    if (before) {
      if (before.accepted) accept()
      else before.accept.add(accept)
      return before.taken.promise
    }
    if (command.deadline - this.#host.clock.now() < MIN_BUDGET_MS)
      throw new BrokerError(
        'unavailable',
        `Too late for /${command.name}: it was too long on its way to be answered in time. Try again.`,
      )
    const { limit, explain } = this.#options
    if (this.#waiting.size >= limit)
      throw new BrokerError('unavailable', 'Too many commands wait for an answer. Try again.')
    const waiting: Waiting = {
      command,
      bot,
      taken: Promise.withResolvers<void>(),
      accept: new Set([accept]),
      accepted: false,
      deadline: undefined,
    }
    this.#waiting.set(id, waiting)
    send().then(
      () => {
        // The answer may have come before the confirmation did.
        this.#accept(id, waiting)
      },
      (error: unknown) => {
        if (this.#waiting.get(id) === waiting && !waiting.accepted) this.#waiting.delete(id)
        waiting.taken.reject(explain(error, command))
      },
    )
    return waiting.taken.promise
  }

  /** Takes no more replies and forgets what waits. Resolves when the reply in hand is settled. */
  async close(): Promise<void> {
    this.#closed = true
    this.#deadlines.clear()
    this.#waiting.clear()
    for (const end of this.#pauses) end()
    await this.#consumer?.stop()
  }

  async #listen(): Promise<void> {
    const { broker, onError } = this.#options
    while (!this.#closed)
      try {
        const consumer = await broker.onReply(this.#host.log, reply => this.#answer(reply))
        this.#consumer = consumer
        if (this.#closed) await consumer.stop()
        return
      } catch (error) {
        onError(error)
        await this.#pause()
      }
  }

  async #answer(reply: Reply): Promise<void> {
    const { id, author, text } = reply
    const waiting = this.#waiting.get(id)
    // An answer proves that the broker had the command; the ack must not come behind it.
    if (waiting) this.#accept(id, waiting)
    // Where it was asked: an answer anywhere else would settle the command, and nobody there would know of what.
    const { room, commandId } = waiting?.command ?? reply
    const { id: bot, name } = author
    const post = {
      id,
      room,
      author: { id: bot, name, kind: 'bot' },
      text: replyText(text),
      replyTo: commandId,
    }
    // What is refused for ever is settled, and the notice takes its place at the deadline.
    if (await this.#post(post as BotPost)) this.#forget(id)
  }

  /** Acks, and from now on sees to it that there is an answer. */
  #accept(id: string, waiting: Waiting): void {
    if (waiting.accepted) return
    waiting.accepted = true
    if (!this.#closed)
      waiting.deadline = this.#deadlines.add(waiting.command.deadline + NOTICE_AFTER_MS, () => {
        void this.#notice(id, waiting)
      })
    for (const accept of waiting.accept) accept()
    waiting.accept.clear()
    waiting.taken.resolve()
  }

  /** Says an answer of its own. Where the chat cannot take it now, tries again, until the notice takes its place. */
  async #say(reply: Reply): Promise<void> {
    while (this.#waiting.has(reply.id))
      try {
        await this.#answer(reply)
        return
      } catch {
        await this.#pause()
      }
  }

  /** Tells the room that there was no answer. Where the chat cannot take it now, tries again. */
  async #notice(id: string, { command, bot }: Waiting): Promise<void> {
    const post: BotPost = {
      id,
      room: command.room,
      author: { id: `bot:${bot}`, name: bot, kind: 'bot' },
      text: `/${command.name}: no answer in time. Try again.`,
      replyTo: command.commandId,
    }
    while (this.#waiting.has(id))
      try {
        await this.#post(post)
        this.#forget(id)
      } catch {
        await this.#pause()
      }
  }

  /** Posts; false where the chat refuses this message for ever. Rejects where it may take it later. */
  async #post(message: BotPost): Promise<boolean> {
    try {
      await this.#host.post(message)
      return true
    } catch (error) {
      this.#options.onError(error)
      if (error instanceof Error && 'code' in error && FINAL.has(error.code)) return false
      throw error
    }
  }

  #forget(id: string): void {
    this.#waiting.get(id)?.deadline?.cancel()
    this.#waiting.delete(id)
  }

  /** Waits a while, or until the desk closes. */
  async #pause(): Promise<void> {
    if (this.#closed) return
    const over = Promise.withResolvers<void>()
    const cancel = this.#host.clock.setTimer(over.resolve, RETRY_MS)
    this.#pauses.add(over.resolve)
    await over.promise
    this.#pauses.delete(over.resolve)
    cancel()
  }
}
