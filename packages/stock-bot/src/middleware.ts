import type { Call } from './command.ts'
import { Once } from './once.ts'
import { textOf } from './reply-text.ts'

/**
 * Stands before every command of a bot. It lets the command pass by calling `next`, which resolves with the
 * answer or rejects with what went wrong; answers itself by returning a text; refuses by throwing, which is
 * explained to the user as if the command had thrown it. Where it returns nothing, the answer is what `next`
 * resolved with. `next` may be called once.
 * @example
 * bot.use(async ({ author }, next) => {
 *   if (banned.has(author.id)) throw new ReplyError('Not for you.')
 *   return await next()
 * })
 */
export type BotMiddleware = (call: Call, next: () => Promise<string>) => MaybeText | Promise<MaybeText>

// `void` is for functions that only call `next`: they return nothing, and need not say so.
// oxlint-disable-next-line typescript/no-invalid-void-type
type MaybeText = string | undefined | void

/** Runs `chain` from the first to the last, then `run`; resolves with the answer. */
export async function throughMiddleware(
  chain: readonly BotMiddleware[],
  call: Call,
  run: () => Promise<string>,
): Promise<string> {
  const [current, ...rest] = chain
  if (!current) return run()
  const next = new Once('a middleware', () => throughMiddleware(rest, call, run))
  try {
    const own: unknown = await current(call, next.call)
    const passed = next.end()
    if (own !== undefined) return textOf(own, 'a middleware must return a text or nothing')
    if (!passed) throw new TypeError('a middleware neither called next() nor returned a text')
    return await passed
  } finally {
    // What it let go on keeps its place until it has ended.
    await Promise.allSettled([next.end()])
  }
}
