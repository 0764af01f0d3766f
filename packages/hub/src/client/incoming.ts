import { type ServerMessage, serverMessages } from '../protocol/messages.ts'
import { type Fields, firstProblem, kindOf } from '../protocol/schema.ts'

/** A frame as the client understood it; `unknown` is a type that a newer server may have. */
export type Incoming =
  | { readonly kind: 'message'; readonly message: ServerMessage }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed'; readonly problem: string }

const malformed = (problem: string): Incoming => ({ kind: 'malformed', problem })

/** Reads one frame of a server. Never throws; a server is believed no more than a client. */
export function readFrame(data: unknown): Incoming {
  if (typeof data !== 'string') return malformed(`a frame must be text, got ${kindOf(data)}`)
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return malformed('a frame must be one JSON object; this is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed(`a frame must be one JSON object, got ${kindOf(value)}`)
  const { type } = value as { type?: unknown }
  if (typeof type !== 'string') return malformed(`type must be a string, got ${kindOf(type)}`)
  if (!Object.hasOwn(serverMessages, type)) return { kind: 'unknown' }
  const { fields } = serverMessages[type as ServerMessage['type']]
  dropNulls(fields, value)
  const problem = firstProblem(fields, value)
  if (problem) return malformed(`${type}.${problem.path ?? ''} ${problem.message}`)
  return { kind: 'message', message: value as ServerMessage }
}

/** Where a field may be absent, null is as good: many languages write it so, and JSON makes it of Infinity. */
function dropNulls(fields: Fields, value: object): void {
  for (const name in fields)
    if (fields[name]?.optional && Reflect.get(value, name) === null) Reflect.deleteProperty(value, name)
}
