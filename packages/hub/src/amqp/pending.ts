import type { Cancel } from '../clock.ts'
import { type Outgoing, PublishRefused, type RefusedCode } from './outgoing.ts'

/** A message on its way. It is settled once: confirmed or refused. */
export class Pending {
  readonly message: Outgoing
  /** Resolves when it is confirmed; rejects with a PublishRefused. */
  readonly done: Promise<void>
  /** The broker has sent it back: no queue took it. */
  returned = false
  /** It was written at least once, to the present channel or to one that is gone. */
  written = false
  /** Ends the wait for its deadline. */
  cancel: Cancel = () => undefined
  readonly #settle: PromiseWithResolvers<void>
  readonly #leave: (pending: Pending) => boolean

  /** @param leave takes it out of the outbox; false where it has left before */
  constructor(message: Outgoing, leave: (pending: Pending) => boolean) {
    this.message = message
    this.#settle = Promise.withResolvers()
    this.done = this.#settle.promise
    this.#leave = leave
  }

  confirm(): void {
    if (this.#leave(this)) this.#settle.resolve()
  }

  refuse(code: RefusedCode, reason: string, cause?: unknown): void {
    if (this.#leave(this)) this.#settle.reject(new PublishRefused(code, reason, { cause }))
  }

  readonly expire = (): void => {
    this.refuse('deadline', `message ${this.message.id} was not confirmed by its deadline`)
  }
}
