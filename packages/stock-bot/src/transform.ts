import type { Call } from './command.ts'
import { Once } from './once.ts'
import { textOf } from './reply-text.ts'

/** A reply on its way out of a bot. */
export interface OutgoingReply {
  /** As it is at this point. */
  readonly text: string
  /** `failed`: it explains an error; `expired`: it says that the command's turn came too late. */
  readonly outcome: 'answered' | 'failed' | 'expired'
  /** What it replies to. */
  readonly call: Call
}

/**
 * Stands before every reply of a bot: answers, explained errors and help, of broker and `inject` alike. It
 * hands the text on with `next`, changed or not, which resolves with the text as it is in the end; what it
 * returns is sent. `next` may be called once. Where a transformer fails, the user gets an apology and nothing of
 * the text.
 * @example
 * bot.transform((reply, next) => next(reply.text.replaceAll(apiKey, '***')))
 */
export type ReplyTransformer = (
  reply: OutgoingReply,
  next: (text: string) => Promise<string>,
) => string | Promise<string>

/** Runs `chain` from the first to the last; resolves with the text to be sent. */
export async function throughTransformers(
  chain: readonly ReplyTransformer[],
  reply: OutgoingReply,
): Promise<string> {
  const [current, ...rest] = chain
  if (!current) return reply.text
  const next = new Once('a transformer', (text: string) => throughTransformers(rest, { ...reply, text }))
  try {
    return textOf(await current(reply, next.call), 'a transformer must return the text to be sent')
  } finally {
    void next.end()
  }
}
