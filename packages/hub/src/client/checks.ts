import { type ClientMessageOf, clientMessages } from '../protocol/messages.ts'
import { firstProblem } from '../protocol/schema.ts'
import { room as roomField } from '../protocol/values.ts'
import { ClientError } from './errors.ts'

/** A request before it has an id. */
type Asked<T extends 'join' | 'history'> = Omit<ClientMessageOf<T>, 'id'> & { readonly type: T }

/**
 * Throws a RangeError or TypeError that names what an application must not ask for. Said here and at once: a server
 * would refuse it, or, where the frame is too large, end the connection for good.
 */
export function checkRequest(request: Asked<'join'> | Asked<'history'>): void {
  const problem = firstProblem(clientMessages[request.type].fields, { ...request, id: 'unused' })
  if (!problem) return
  const message = `${problem.path} ${problem.message}`
  const value: unknown = problem.path
    ?.split('.')
    .reduce((at: object, key) => Reflect.get(at, key) as object, request)
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message)
}

/**
 * Why no server would have a room of this name, in the words and with the code of one: people type them. Throws a
 * TypeError where it is not even a string.
 */
export function roomProblem(name: string): ClientError | undefined {
  const problem = roomField.problem(name)
  if (!problem) return undefined
  if (typeof name !== 'string') throw new TypeError(`room ${problem.message}`)
  return new ClientError(problem.code, `room ${problem.message}`, { field: 'room' })
}

/** Why no server would take this publish: said now, and not when the connection is back in a minute. */
export function publishProblem(message: ClientMessageOf<'publish'>): ClientError | undefined {
  const problem = firstProblem(clientMessages.publish.fields, message)
  return (
    problem && new ClientError(problem.code, `${problem.path} ${problem.message}`, { field: problem.path })
  )
}
