import { HubError } from './errors.ts'
import type { Draft } from './log.ts'
import type { Host } from './middleware.ts'
import { field as fieldOf, firstProblem, object, oneOf, optional } from './protocol/schema.ts'
import { cleanName, id, name, room, text } from './protocol/values.ts'

/** Longest id of an author, in UTF-16 code units: with the longest text, a message fits every bound of a frame. */
const MAX_AUTHOR = 256

const authorId = fieldOf<string>(
  `a string of 1–${MAX_AUTHOR} characters, no U+0000, no lone surrogate`,
  value =>
    typeof value === 'string' &&
    value.length >= 1 &&
    value.length <= MAX_AUTHOR &&
    !value.includes('\0') &&
    value.isWellFormed(),
)

const fields = {
  room,
  id,
  text,
  author: object({ id: authorId, name, kind: oneOf('user', 'bot') }),
  replyTo: optional(id),
}

/**
 * A bot's message as it goes to the log: held to what a client's publish is, because every client has to be able to
 * take it, and to nothing more than its known fields. Throws a HubError that names the field.
 */
export function draftOf(message: Parameters<Host['post']>[0]): Draft {
  const problem = firstProblem(fields, message)
  if (problem) {
    const { code, path: field = 'message', message: why } = problem
    throw new HubError(code, `${field} ${why}`, { field })
  }
  const { author, replyTo } = message
  if (author.kind !== 'bot') throw new HubError('forbidden', 'post is for bots', { field: 'author' })
  return {
    id: message.id,
    author: { id: author.id, name: cleanName(author.name), kind: 'bot' },
    text: message.text,
    ...(replyTo !== undefined && { replyTo }),
  }
}
