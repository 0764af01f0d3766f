import { Close } from '../protocol/codes.ts'
import type { ClientMessageOf, ServerMessageOf } from '../protocol/messages.ts'
import { type ClientError, refusal } from './errors.ts'

type Hello = ClientMessageOf<'hello'>

/** What follows from a refused `hello`. */
export type Verdict =
  /** Say this instead, on the same connection. */
  | { readonly kind: 'again'; readonly hello: Hello }
  /** It may be accepted later. */
  | { readonly kind: 'later'; readonly error: ClientError }
  /** It will not be accepted: end with this code. */
  | { readonly kind: 'never'; readonly error: ClientError; readonly code: number }

/** What a handshake is made from. */
export interface HandshakeOptions {
  readonly name: string | undefined
  readonly onNameTaken: ((name: string, attempt: number) => string | undefined) | undefined
  readonly nextId: () => string
}

/** Says who we are, remembers as whom we were taken in, and knows what a refusal means. */
export class Handshake {
  readonly #options: HandshakeOptions
  #name: string | undefined
  #session: string | undefined
  #token: string | undefined
  #id: string | undefined
  #taken = 0

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
  }

  refused(frame: ServerMessageOf<'error'>): Verdict {
    this.#id = undefined
    const error = refusal(frame)
    switch (error.code) {
      case 'unavailable':
      case 'rate-limited':
      case 'internal':
        return { kind: 'later', error }
      case 'forbidden': {
        if (error.field !== 'name') return { kind: 'never', error, code: Close.revoked }
        const hello = this.#anotherName()
        return hello ? { kind: 'again', hello } : { kind: 'never', error, code: Close.revoked }
      }
      default:
        return { kind: 'never', error, code: Close.unauthenticated }
    }
  }

  #anotherName(): Hello | undefined {
    const { onNameTaken } = this.#options
    if (this.#name === undefined || !onNameTaken) return undefined
    this.#taken += 1
    const name = onNameTaken(this.#name, this.#taken)
    if (name === undefined) return undefined
    this.#name = name
    return this.#say()
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
