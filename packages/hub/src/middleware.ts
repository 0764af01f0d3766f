/** What stands between a request and its effect: rate limits, commands, your own rules. */
import type { Author, ClientMessage } from './protocol/messages.ts'
import type { Appended, Draft } from './log.ts'
import type { Clock } from './clock.ts'

/** The requests that middleware sees: everything a greeted session asks for. */
export type Request = Exclude<ClientMessage, { type: 'hello' | 'ping' | 'pong' }>

/** One request on its way. */
export interface Context<R extends Request = Request> {
  readonly request: R
  readonly user: { readonly id: string; readonly name: string }
  readonly session: { readonly id: string; readonly address: string | undefined }
  readonly host: Host
  /** Aborts when the session ends. */
  readonly signal: AbortSignal
  /**
   * When the sender of a publish waits no longer for the answer to a command, in epoch milliseconds of `host.clock`:
   * its `budgetMs` behind the moment in which the frame came. Undefined where the frame has none.
   */
  readonly deadline: number | undefined
  /**
   * Gives a publish another text: `request.text` is the new one for every middleware behind and for the hub.
   * Call it before `next`. For other requests it does nothing.
   */
  replaceText(text: string): void
  /** Answers a publish as a command that a bot has taken: an `ack` with `command: true`. Instead of `next`. */
  acceptCommand(): void
  /**
   * Lets the session's following frames go on while `work` still decides this one. `work` answers
   * (`acceptCommand`) or rejects, which is answered as a refusal.
   */
  detach(work: Promise<void>): void
}

/**
 * Goes on to the next middleware, and at the end to the hub. May be called once. Rejects where the request is refused
 * further on: that is the answer, unless the middleware throws another or gives one itself.
 */
export type Next = () => Promise<void>

/**
 * Decides about a request: calls `next`, or answers, or throws. An error whose `code` is one of the protocol's
 * is shown to the client with its `message`, `field` and `retryAfterMs`; any other becomes `internal`.
 * A middleware that does none of these is answered for with `internal`. A request whose session has ended goes
 * no further than the middleware that has it: a client that was cut sends it again.
 */
export interface Middleware {
  (context: Context, next: Next): void | Promise<void>
  /** Called once when the hub takes the middleware in; what it returns is called when the hub closes. */
  install?(host: Host): (() => void | Promise<void>) | void
}

/** What a middleware or a plugin may ask of its hub. */
export interface Host {
  readonly log: { readonly id: string; readonly durable: boolean }
  readonly clock: Clock
  /**
   * Appends a bot's message to a room and shows it. Resolves with where it landed; `duplicate` where the log
   * had it. Rejects with `unavailable` when the log does not answer in time, and with `bad-request` or `too-large`
   * and the `field` where a client could not publish the like.
   */
  post(
    message: Draft & { readonly room: string; readonly author: Author & { kind: 'bot' } },
  ): Promise<Appended>
  /** Keeps guests from taking this name. */
  reserveName(name: string): void
}

const ignore = (): void => {}

/**
 * Runs `chain` from the first to the last, then `end`; calling `next` twice rejects. A request whose `isOver` is
 * true by then goes no further. Settles when all that was let go on has, whether or not a middleware waited for it.
 */
export function compose<C extends Context>(
  chain: readonly Middleware[],
  end: (context: C) => void | Promise<void>,
  isOver: (context: C) => boolean,
): (context: C) => Promise<void> {
  return context => {
    let reached = -1
    const step = async (index: number): Promise<void> => {
      if (index <= reached) throw new Error('a middleware called next() twice')
      reached = index
      if (isOver(context)) return
      const current = chain[index]
      if (!current) {
        await end(context)
        return
      }
      const following: Promise<void>[] = []
      const next = (): Promise<void> => {
        const work = step(index + 1)
        // A middleware that does not wait must not end the process when this fails.
        work.catch(ignore)
        following.push(work)
        return work
      }
      try {
        await current(context, next)
      } catch (error) {
        await Promise.allSettled(following)
        throw error
      }
      for (const work of following) await work
    }
    return step(0)
  }
}
