import type { Identity } from './identities.ts'
import type { Context, Host, Request } from './middleware.ts'
import type { Requests } from './requests.ts'
import type { Session } from './session.ts'

/** What a request comes with. */
interface ContextParts {
  readonly identity: Identity
  readonly host: Host
  readonly request: Request
  /** How long it has waited in its session's line, in milliseconds. */
  readonly waitedMs: number
  readonly refuse: (error: unknown) => void
}

/** One request of one session, as the middleware sees it, and whether somebody has taken it. */
export class RequestContext implements Context {
  readonly user: Context['user']
  readonly session: Context['session']
  readonly host: Host
  readonly deadline: number | undefined
  /** Resolves when the session's next frame may be handled. */
  readonly entered: Promise<void>
  #request: Request
  #taken = false
  #answered = false
  readonly #session: Session
  readonly #enter: () => void
  readonly #refuse: (error: unknown) => void

  constructor(session: Session, { identity, host, request, waitedMs, refuse }: ContextParts) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.entered = promise
    this.#enter = resolve
    this.#session = session
    this.#request = request
    this.#refuse = refuse
    this.host = host
    // Taken now: what a middleware waits for is spent of it.
    this.deadline =
      request.type === 'publish' && request.budgetMs !== undefined
        ? host.clock.now() + request.budgetMs - waitedMs
        : undefined
    this.user = identity.user
    this.session = { id: identity.session, address: session.connection.peer.address }
  }

  get request(): Request {
    return this.#request
  }

  get signal(): AbortSignal {
    return this.#session.signal
  }

  /** Whether it was answered, or somebody has promised to answer. */
  get taken(): boolean {
    return this.#taken
  }

  /** Takes the one answer that a request has; false where it was given already. */
  answer(): boolean {
    const first = !this.#answered
    this.#answered = true
    return first
  }

  /** Whether the session has ended. */
  get over(): boolean {
    return !this.#session.open
  }

  replaceText(text: string): void {
    if (this.#request.type === 'publish') this.#request = { ...this.#request, text }
  }

  acceptCommand(): void {
    this.#taken = true
    if (this.#request.type !== 'publish' || !this.answer()) return
    const { id, room } = this.#request
    this.#session.send({ type: 'ack', id, room, command: true })
  }

  detach(work: Promise<void>): void {
    this.#taken = true
    this.#enter()
    this.#session.begin()
    void work.catch(this.#refuse).finally(() => {
      this.#session.settle()
    })
  }

  /** The end of the chain: the hub carries the request out. */
  async carryOut(requests: Requests): Promise<void> {
    this.#taken = true
    await requests.run(this.#session, this.#request, this.#enter)
    this.#answered = true
  }
}
