import type { BotPost, ChatHost, ChatMiddleware } from '../../src/chat.ts'
import { settle, type VirtualClock } from './virtual-clock.ts'

/** A refusal as a chat gives it. */
export const refusal = (code: string): Error => Object.assign(new Error(code), { code })

/** A chat of one room: shows the first message with an id, and writes down what its users see, in order. */
export class Chat implements ChatHost {
  readonly clock: VirtualClock
  readonly log: { readonly id: string; readonly durable: boolean }
  readonly reserved: string[] = []
  /** What users saw: `ack c1`, `message re:…: text`, `error c2: …`, `text: …`. */
  readonly seen: string[] = []
  /** Every post that the log took, repeats included. */
  readonly posts: BotPost[] = []
  /** What `post` rejects with, while it is set. */
  refuses: Error | undefined
  #uninstall: (() => Promise<void>) | undefined
  #middleware: ChatMiddleware | undefined
  readonly #shown = new Map<string, BotPost>()

  constructor(clock: VirtualClock, log = { id: 'chat', durable: false }) {
    this.clock = clock
    this.log = log
  }

  use(middleware: ChatMiddleware): this {
    this.#middleware = middleware
    this.#uninstall = middleware.install(this)
    return this
  }

  /** The bots' messages that are in the room. */
  get messages(): readonly BotPost[] {
    return [...this.#shown.values()]
  }

  async post(message: BotPost): Promise<void> {
    await Promise.resolve()
    if (this.refuses) throw this.refuses
    this.posts.push(message)
    if (this.#shown.has(message.id)) return
    this.#shown.set(message.id, message)
    this.seen.push(`message: ${message.text}`)
  }

  reserveName(name: string): void {
    this.reserved.push(name)
  }

  /** Publishes a text as a client does, which may say what is left of its patience; resolves when everything has run that can. */
  async publish(text: string, id: string, user = 'ann', budgetMs?: number): Promise<void> {
    const says = (error: unknown): void => {
      const { code, message } = error as { code?: string; message: string }
      this.seen.push(`error ${id}: ${code} ${message}`)
    }
    let current = text
    try {
      await this.#middleware?.(
        {
          request: { type: 'publish', id, room: 'general', text },
          user: { id: `guest:${user}`, name: user },
          host: this,
          ...(budgetMs !== undefined && { deadline: this.clock.now() + budgetMs }),
          replaceText: other => {
            current = other
          },
          acceptCommand: () => this.seen.push(`ack ${id}`),
          detach: work => {
            work.catch(says)
          },
        },
        async () => {
          await Promise.resolve()
          this.seen.push(`text: ${current}`)
        },
      )
    } catch (error) {
      says(error)
    }
    await settle()
  }

  async close(): Promise<void> {
    await this.#uninstall?.()
  }
}
