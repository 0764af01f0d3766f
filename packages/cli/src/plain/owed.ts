/** What a client that is about to end still waits for: its own messages in the room, and answers to its commands. */
import type { Delivery } from '@hubbub/hub/client'

interface Debt {
  readonly text: string
  /** What the server has said of it so far. */
  state: 'sent' | 'message' | 'command'
}

/** Keeps account of answers. Pure bookkeeping: time and printing are the caller's. */
export class Owed {
  readonly #debts = new Map<string, Debt>()
  readonly #onProgress: () => void

  /** `onProgress` is called whenever something that was waited for has come. */
  constructor(onProgress: () => void) {
    this.#onProgress = onProgress
  }

  /** The texts that have no answer yet, in the order in which they were sent. */
  get texts(): readonly string[] {
    return Array.from(this.#debts.values(), ({ text }) => text)
  }

  sent(id: string, text: string): void {
    this.#debts.set(id, { text, state: 'sent' })
  }

  /** The server has it: a message is owed until it is seen in the room, a command until a bot has replied. */
  acknowledged(id: string, state: 'message' | 'command'): void {
    const debt = this.#debts.get(id)
    if (debt) debt.state = state
    this.#onProgress()
  }

  /** It will have no other answer than this. */
  refused(id: string): void {
    this.#debts.delete(id)
    this.#onProgress()
  }

  /** Takes account of what came in the room; returns the own command that this replies to. */
  delivered(delivery: Delivery, me: string): { readonly id: string; readonly text: string } | undefined {
    if (delivery.kind !== 'message') {
      // A message that was acknowledged is in the room, even if it lies in the hole.
      for (const [id, { state }] of this.#debts) if (state === 'message') this.#settle(id)
      return undefined
    }
    const { id, author, replyTo } = delivery.message
    if (author.id === me) this.#settle(id)
    if (replyTo === undefined) return undefined
    const debt = this.#debts.get(replyTo)
    this.#settle(replyTo)
    return debt && { id: replyTo, text: debt.text }
  }

  #settle(id: string): void {
    if (this.#debts.delete(id)) this.#onProgress()
  }
}
