import { guard, type GuardOptions, type HttpKey } from './guard.ts'
import type { NodeRequest } from './node.ts'

/** What is read of a request of Fastify. */
export interface FastifyRequest extends NodeRequest {
  /** By Fastify's own setting `trustProxy`. */
  readonly ip: string
}

/** What is called of a reply of Fastify. */
export interface FastifyReply {
  header(name: string, value: string): unknown
  code(status: number): unknown
  send(payload: unknown): unknown
}

/**
 * A limit as a Fastify hook. The client's address is `request.ip`, by Fastify's own `trustProxy`, unless
 * `trustProxy` is given here.
 *
 * @example
 * app.addHook('onRequest', fastifyLimit({ limiter }))
 */
export function fastifyLimit<Request extends FastifyRequest, Key extends HttpKey = string>(
  options: GuardOptions<Request, Key>,
): (request: Request, reply: FastifyReply) => Promise<unknown> {
  const decide = guard(options)
  return async (request, reply) => {
    const decision = await decide(request, {
      remoteAddress: request.socket.remoteAddress,
      forwardedFor: request.headers['x-forwarded-for'],
      frameworkAddress: request.ip,
    })
    for (const [name, value] of Object.entries(decision?.headers ?? {})) reply.header(name, value)
    if (!decision?.problem) return undefined
    reply.code(decision.problem.status)
    reply.header('Content-Type', 'application/problem+json')
    reply.send(JSON.stringify(decision.problem))
    // Fastify ends the request's life here when a hook returns the reply.
    return reply
  }
}
