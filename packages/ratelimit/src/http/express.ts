import { guard, type GuardOptions, type HttpKey } from './guard.ts'
import { type NodeRequest, type NodeResponse, refuse } from './node.ts'

/** What is read of a request of Express 4 or 5. */
export interface ExpressRequest extends NodeRequest {
  /** By Express' own setting `trust proxy`. */
  readonly ip?: string | undefined
}

/**
 * A limit as Express middleware. The client's address is `request.ip`, by Express' own `trust proxy`, unless
 * `trustProxy` is given.
 *
 * @example
 * app.use(expressLimit({ limiter }))
 */
export function expressLimit<Request extends ExpressRequest, Key extends HttpKey = string>(
  options: GuardOptions<Request, Key>,
): (request: Request, response: NodeResponse, next: (error?: unknown) => void) => void {
  const decide = guard(options)
  return (request, response, next) => {
    const peer = {
      remoteAddress: request.socket.remoteAddress,
      forwardedFor: request.headers['x-forwarded-for'],
      frameworkAddress: request.ip,
    }
    decide(request, peer).then(decision => {
      for (const [name, value] of Object.entries(decision?.headers ?? {})) response.setHeader(name, value)
      if (decision?.problem) refuse(response, decision.problem)
      else next()
    }, next)
  }
}
