/** How much one user and one address may ask of a server. */
import { HubError, type Middleware, type Peer } from '@hubbub/hub'
import { createLimiter, type Limiter } from '@hubbub/ratelimit'

/** The limits of a server, and how to end them. */
export interface ServerLimits extends Disposable {
  /** Publishes per user: 10 a second, 20 at once. */
  readonly messages: Middleware
  /** Connections per address: 20 a second, 100 at once. */
  readonly admit: (peer: Peer) => true | { readonly retryAfterMs: number }
}

/** Makes the limits with the design's numbers. */
export function serverLimits(): ServerLimits {
  const perUser = createLimiter({ name: 'messages', requestsPerSecond: 10, burst: 20 })
  const perAddress = createLimiter({ name: 'connections', requestsPerSecond: 20, burst: 100 })
  return {
    messages: limitMessages(perUser),
    admit({ address }) {
      const verdict = perAddress.check(address ?? 'unknown')
      return verdict.ok || { retryAfterMs: verdict.retryAfterMs }
    },
    [Symbol.dispose]() {
      perUser.stop()
      perAddress.stop()
    },
  }
}

/** Refuses a publish that is too many, and says when to try again. */
function limitMessages(limiter: Limiter): Middleware {
  return ({ request, user }, next) => {
    if (request.type !== 'publish') return next()
    const { ok, retryAfterMs } = limiter.check(user.id)
    if (ok) return next()
    throw new HubError('rate-limited', 'too many messages: at most 10 a second, and 20 at once', {
      retryAfterMs,
    })
  }
}
