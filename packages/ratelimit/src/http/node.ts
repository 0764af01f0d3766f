import { guard, type GuardOptions, type HttpKey } from './guard.ts'
import type { Problem } from './problem.ts'

/** What is read of a request of `node:http`. */
export interface NodeRequest {
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly socket: { readonly remoteAddress?: string | undefined }
}

/** What is called of a response of `node:http`. */
export interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(body: string): unknown
}

/**
 * A limit for `node:http`. Resolves to whether the request may go on; else it is answered.
 *
 * @example
 * const limited = nodeLimit({ limiter })
 * createServer(async (request, response) => {
 *   if (!(await limited(request, response))) return
 *   response.end('hello')
 * })
 */
export function nodeLimit<Request extends NodeRequest, Key extends HttpKey = string>(
  options: GuardOptions<Request, Key>,
): (request: Request, response: NodeResponse) => Promise<boolean> {
  const decide = guard(options)
  return async (request, response) => {
    const decision = await decide(request, {
      remoteAddress: request.socket.remoteAddress,
      forwardedFor: request.headers['x-forwarded-for'],
    })
    if (!decision) return true
    for (const [name, value] of Object.entries(decision.headers)) response.setHeader(name, value)
    if (decision.problem) refuse(response, decision.problem)
    return decision.verdict.ok
  }
}

/** Answers with the problem as JSON. */
export function refuse(response: NodeResponse, problem: Problem): void {
  response.statusCode = problem.status
  response.setHeader('Content-Type', 'application/problem+json')
  response.end(JSON.stringify(problem))
}
