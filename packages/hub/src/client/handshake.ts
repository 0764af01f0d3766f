import type { Clock } from '../clock.ts'
import { Close } from '../protocol/codes.ts'
import type { ClientMessageOf, ServerMessageOf } from '../protocol/messages.ts'
import { name as nameField } from '../protocol/values.ts'
import { ClientError, refusal } from './errors.ts'

/**
 * How long a server may keep a name for a connection that is gone, in milliseconds: the protocol's 120 s, behind
 * two heartbeats of 25 s in which it may not have noticed, and some for the way.
 */
const KEPT_MS = 180_000

type Hello = ClientMessageOf<'hello'>

/** What follows from a refused `hello`. */
export type Verdict =
  /** Say this instead, on the same connection. */
  | { readonly kind: 'again'; readonly hello: Hello }
  /** It may be accepted later. `ours`: what is in the way is most likely a connection that we had before. */
  | { readonly kind: 'later'; readonly error: ClientError; readonly ours: boolean }
  /** It will not be accepted: end with this code. */
  | { readonly kind: 'never'; readonly error: ClientError; readonly code: number }

/** What a handshake is made from. */
export interface HandshakeOptions {
  readonly name: string | undefined
  readonly onNameTaken: ((name: string, attempt: number) => string | undefined) | undefined
  readonly nextId: () => string
  readonly clock: Clock
}

/** Says who we are, remembers as whom we were taken in, and knows what a refusal means. */
export class Handshake {
  readonly #options: HandshakeOptions
  #name: string | undefined
  #session: string | undefined
  #token: string | undefined
  #id: string | undefined
  #taken = 0
  #welcome = false
  /** Until then a server may keep the name for us: it has accepted it, or may have without our hearing of it. */
  #keptUntil = -Infinity

  constructor(options: HandshakeOptions) {
    this.#options = options
    this.#name = options.name
  }

  /** The `hello` of a new connection; resumes the session that there was. */
  hello(token: string | undefined): Hello {
    this.#token = token
    this.#taken = 0
    return this.#say()
  }

  /** Whether this frame answers our `hello`. */
  isAnswer(frame: { readonly id?: string }): boolean {
    return this.#id !== undefined && frame.id === this.#id
  }

  welcomed({ session }: ServerMessageOf<'welcome'>): void {
    this.#session = session
    this.#id = undefined
    this.#welcome = true
  }

  /** The connection is gone. A `hello` without answer may have been accepted, and its `welcome` lost. */
  ended(): void {
    if (this.#welcome || this.#id !== undefined) this.#keptUntil = this.#options.clock.monotonic() + KEPT_MS
    this.#welcome = false
    this.#id = undefined
  }

  refused(frame: ServerMessageOf<'error'>): Verdict {
    this.#id = undefined
    const error = refusal(frame)
    switch (error.code) {
      case 'unavailable':
      case 'rate-limited':
      case 'internal':
        return { kind: 'later', error, ours: false }
      case 'forbidden':
        if (error.field === 'name') return this.#nameTaken(error)
        return { kind: 'never', error, code: Close.revoked }
      default:
        return { kind: 'never', error, code: Close.unauthenticated }
    }
  }

  #nameTaken(error: ClientError): Verdict {
    if (this.#options.clock.monotonic() < this.#keptUntil) {
      const reason = `the name ${this.#name} is kept for a connection that is gone, most likely ours`
      return { kind: 'later', error: new ClientError(error.code, reason, error), ours: true }
    }
    try {
      const name = this.#anotherName()
      if (name === undefined) return { kind: 'never', error, code: Close.revoked }
      this.#name = name
      return { kind: 'again', hello: this.#say() }
    } catch (cause) {
      const failed = new ClientError(error.code, `${error.message} (onNameTaken failed)`, {
        field: error.field,
        cause,
      })
      return { kind: 'never', error: failed, code: Close.revoked }
    }
  }

  /** Throws what the application throws, and a TypeError where its name is none. */
  #anotherName(): string | undefined {
    const { onNameTaken } = this.#options
    if (this.#name === undefined || !onNameTaken) return undefined
    this.#taken += 1
    const name = onNameTaken(this.#name, this.#taken)
    const problem = name === undefined ? undefined : nameField.problem(name)
    if (problem) throw new TypeError(`a name ${problem.message}`)
    return name
  }

  #say(): Hello {
    this.#id = this.#options.nextId()
    return {
      type: 'hello',
      id: this.#id,
      ...(this.#token !== undefined && { token: this.#token }),
      ...(this.#name !== undefined && { name: this.#name }),
      ...(this.#session !== undefined && { session: this.#session }),
    }
  }
}
