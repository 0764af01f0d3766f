import { shapeOf } from '../input.ts'
import { SCRIPT, SCRIPT_SHA } from './script.ts'

/** What is called of a client of the package `ioredis`. */
export interface IoRedisClient {
  evalsha(sha: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** What is called of a client of the package `redis`. */
export interface NodeRedisClient {
  evalSha(sha: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** A connected client of either package. It stays the caller's: nobody here closes it. */
export type RedisClient = IoRedisClient | NodeRedisClient

export type Verb = 'take' | 'peek' | 'charge' | 'raise' | 'credit'

/** What the script answered. */
interface Answer {
  readonly allowed: boolean
  readonly debt: number
}

/** Runs the script on one key. */
export type RunScript = (key: string, args: readonly [Verb, ...string[]]) => Promise<Answer>

/** @throws TypeError when `client` is of neither package. */
export function scriptOn(client: RedisClient): RunScript {
  const { bySha, bySource } = callsOf(client)
  return async (key, args) => {
    try {
      return parse(await bySha(key, args))
    } catch (error) {
      // A server that was restarted or failed over does not have the script yet.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
      return parse(await bySource(key, args))
    }
  }
}

type Call = (key: string, args: readonly string[]) => Promise<unknown>

function callsOf(client: RedisClient): { bySha: Call; bySource: Call } {
  if ('evalSha' in client && typeof client.evalSha === 'function') {
    return {
      bySha: (key, args) => client.evalSha(SCRIPT_SHA, { keys: [key], arguments: [...args] }),
      bySource: (key, args) => client.eval(SCRIPT, { keys: [key], arguments: [...args] }),
    }
  }
  if ('evalsha' in client && typeof client.evalsha === 'function') {
    return {
      bySha: (key, args) => client.evalsha(SCRIPT_SHA, 1, key, ...args),
      bySource: (key, args) => client.eval(SCRIPT, 1, key, ...args),
    }
  }
  throw new TypeError(`client must be one of the packages ioredis or redis, got ${shapeOf(client)}`)
}

function parse(answer: unknown): Answer {
  const [allowed, debt] = Array.isArray(answer) ? (answer as unknown[]) : []
  const units = Number(debt)
  if ((Number(allowed) === 0 || Number(allowed) === 1) && debt !== undefined && Number.isFinite(units)) {
    return { allowed: Number(allowed) === 1, debt: units }
  }
  throw new TypeError(`the script must answer [0 or 1, debt], got ${shapeOf(answer)}`)
}
