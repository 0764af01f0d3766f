/** How much one user and one address may ask of a server. */
import { HubError, type Middleware, type Peer } from '@hubbub/hub'
import { createLimiter, type Limiter } from '@hubbub/ratelimit'

/** The limits of a server, and how to end them. */
export interface ServerLimits extends Disposable {
  /** Publishes per user: 10 a second, 20 at once. What is only asked for: 50 a second, 250 at once. */
  readonly requests: Middleware
  /** Connections per address: 20 a second, 100 at once. */
  readonly admit: (peer: Peer) => true | { readonly retryAfterMs: number }
}

/** Makes the limits with the design's numbers. */
export function serverLimits(): ServerLimits {
  const perUser = createLimiter({ name: 'messages', requestsPerSecond: 10, burst: 20 })
  // A client that reconnects joins its rooms again all at once: 100 of them at most.
  const asked = createLimiter({ name: 'requests', requestsPerSecond: 50, burst: 250 })
  const perAddress = createLimiter({ name: 'connections', requestsPerSecond: 20, burst: 100 })
  return {
    requests: limitRequests(perUser, asked),
    admit({ address }) {
      const verdict = perAddress.check(address ?? 'unknown')
      return verdict.ok || { retryAfterMs: verdict.retryAfterMs }
    },
    [Symbol.dispose]() {
      perUser.stop()
      asked.stop()
      perAddress.stop()
    },
  }
}

/** Refuses what is too much, and says when to try again. */
function limitRequests(messages: Limiter, asked: Limiter): Middleware {
  return ({ request, user }, next) => {
    // It has no answer, and the hub drops what is too often.
    if (request.type === 'typing') return next()
    const { ok, retryAfterMs } = (request.type === 'publish' ? messages : asked).check(user.id)
    if (ok) return next()
    const what =
      request.type === 'publish'
        ? 'too many messages: at most 10 a second, and 20 at once'
        : 'too many requests: at most 50 a second, and 250 at once'
    throw new HubError('rate-limited', what, { retryAfterMs })
  }
}
