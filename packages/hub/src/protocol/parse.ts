import type { ClientMessage, ServerMessageOf } from './messages.ts'
import { clientMessages } from './messages.ts'
import { firstProblem, kindOf } from './schema.ts'
import { id as idField } from './values.ts'

/** A frame as the server understood it. */
export type Parsed =
  | { readonly ok: true; readonly message: ClientMessage }
  | {
      readonly ok: false
      readonly error: ServerMessageOf<'error'>
      /** Not even an object with a type: many of these in a row end the connection. */
      readonly malformed: boolean
    }

const types = Object.keys(clientMessages)

const refuse = (malformed: boolean, error: Omit<ServerMessageOf<'error'>, 'type'>): Parsed => ({
  ok: false,
  malformed,
  error: { type: 'error', ...error },
})

/** Reads one frame of a client. Never throws; unknown fields are left in place and ignored. */
export function parseClientMessage(text: string): Parsed {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return refuse(true, { code: 'bad-request', message: 'a frame must be one JSON object; this is not JSON' })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse(true, {
      code: 'bad-request',
      message: `a frame must be one JSON object, got ${kindOf(value)}`,
    })
  const { type, id } = value as { type?: unknown; id?: unknown }
  const answers = idField.problem(id) === undefined ? { id: id as string } : {}
  if (typeof type !== 'string')
    return refuse(true, { ...answers, code: 'bad-request', field: 'type', message: 'type must be a string' })
  const spec = Object.hasOwn(clientMessages, type) ? clientMessages[type as ClientMessage['type']] : undefined
  if (!spec)
    return refuse(false, {
      ...answers,
      code: 'bad-request',
      field: 'type',
      message: `type must be one of ${types.join(', ')}`,
    })
  const problem = firstProblem(spec.fields, value)
  if (!problem) return { ok: true, message: value as ClientMessage }
  const field = problem.path ?? 'type'
  const refusal = { code: problem.code, field, message: `${field} ${problem.message}` }
  // What a type has no `id` for is not answered by one: the field means nothing there.
  return refuse(false, 'id' in spec.fields ? { ...answers, ...refusal } : refusal)
}
