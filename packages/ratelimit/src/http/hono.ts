import { guard, type GuardOptions, type HttpKey } from './guard.ts'

/** What is called of Hono's context. */
export interface HonoContext {
  readonly req: { header(name: string): string | undefined }
  /** `@hono/node-server` puts Node's request here; on another platform give `key`. */
  readonly env: unknown
  header(name: string, value: string): void
  body(body: string, status: 429 | 503, headers: Record<string, string>): Response
}

/**
 * A limit as Hono middleware.
 *
 * @example
 * app.use(honoLimit({ limiter }))
 */
export function honoLimit<Context extends HonoContext, Key extends HttpKey = string>(
  options: GuardOptions<Context, Key>,
): (context: Context, next: () => Promise<void>) => Promise<Response | void> {
  const decide = guard(options)
  return async (context, next) => {
    const { incoming } = (context.env ?? {}) as { incoming?: { socket?: { remoteAddress?: string } } }
    const decision = await decide(context, {
      remoteAddress: incoming?.socket?.remoteAddress,
      forwardedFor: context.req.header('x-forwarded-for'),
    })
    if (decision?.problem) {
      const headers = { ...decision.headers, 'Content-Type': 'application/problem+json' }
      return context.body(JSON.stringify(decision.problem), decision.problem.status, headers)
    }
    for (const [name, value] of Object.entries(decision?.headers ?? {})) context.header(name, value)
    await next()
    return undefined
  }
}
