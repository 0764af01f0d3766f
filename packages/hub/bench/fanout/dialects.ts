/** What the load says to each system, and how it finds a text in what comes back. */
import { PROTOCOL } from '@hubbub/hub'
import { OFFER } from './deflate.ts'

export const ROOM = 'bench'

export const SYSTEMS = ['floor', 'hub', 'ws', 'socket.io'] as const

export type System = (typeof SYSTEMS)[number]

/** How one system is spoken to. */
export interface Dialect {
  readonly path: string
  readonly protocol?: string
  /** Extensions that the client offers; the server has to agree. */
  readonly offer?: string
  /** What client `index` sends when the socket is open. */
  greet(index: number): readonly string[]
  /** What its first frames begin with, in order, until it is in the room. */
  readonly until: string | undefined
  /** A publish of message `n`. */
  publish(n: number, text: string): string
  /** Bytes of a message behind its text. */
  readonly tail: number
}

/** `","at":"2026-01-01T00:00:00.000Z"}` ends each message of the hub, and of those who send the same bytes. */
const HUB_TAIL = '","at":"2026-01-01T00:00:00.000Z"}'.length

const bare = { path: '/', greet: () => [], until: undefined, publish: (_n: number, text: string) => text }

const dialects: Readonly<Record<System, Dialect>> = {
  floor: { ...bare, tail: HUB_TAIL },
  ws: { ...bare, tail: 0 },
  hub: {
    path: '/',
    protocol: PROTOCOL,
    greet: index => [
      JSON.stringify({ type: 'hello', id: 'h', name: `user-${index}` }),
      JSON.stringify({ type: 'join', id: 'j', room: ROOM }),
    ],
    until: '{"type":"joined"',
    publish: (n, text) => JSON.stringify({ type: 'publish', id: `m${n}`, room: ROOM, text }),
    tail: HUB_TAIL,
  },
  'socket.io': {
    path: '/socket.io/?EIO=4&transport=websocket',
    greet: () => ['40'],
    until: '40{',
    publish: (_n, text) => `42${JSON.stringify(['publish', text])}`,
    tail: '"]'.length,
  },
}

/** How a system is spoken to; with `deflate`, by clients that want compressed messages. */
export function dialectOf(system: System, deflate: boolean): Dialect {
  const { [system]: dialect } = dialects
  if (!deflate) return dialect
  return { ...dialect, offer: OFFER, tail: system === 'ws' ? HUB_TAIL : dialect.tail }
}
