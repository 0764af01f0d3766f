/** One room with a client of every make, and what each of them was told. */
import { type Connection, createHub, type Transport } from '@hubbub/hub'
import { listen } from '@hubbub/hub/ws'
import { type ClientOptions, WebSocket as WsSocket } from 'ws'
import { Peer } from '../../support/peer.ts'

/** What a client was told from the moment it was in the room. */
interface Told {
  readonly texts: readonly string[]
  readonly pings: number
  /** The code that ended it. */
  readonly code: number
}

/** What happened in the room. */
export interface Story {
  readonly told: Readonly<Record<string, Told>>
  /** Messages of the room that each WebSocket transport has encoded. */
  readonly encoded: ReadonlyMap<Transport, number>
}

/** Messages that are sent before all of them have to be in the room. */
const BURST = 16

const ws = (options: ClientOptions) => (url: string) => new WsSocket(url, options)

/** With so small a buffer zlib needs its window, and notices when a frame looks back further. */
const windowOf = (serverMaxWindowBits: number) =>
  ws({ perMessageDeflate: { serverMaxWindowBits, zlibInflateOptions: { chunkSize: 64 } } })

const CLIENTS: Readonly<Record<string, (url: string) => WsSocket | WebSocket>> = {
  'ws as it is': ws({}),
  'ws without compression': ws({ perMessageDeflate: false }),
  'ws that compresses all it says': ws({ perMessageDeflate: { threshold: 0 } }),
  'ws with a window of 8 bits': windowOf(8),
  'ws with a window of 9 bits': windowOf(9),
  'ws with a window of 12 bits': windowOf(12),
  'ws with a window of 15 bits': windowOf(15),
  "Node's own": url => new WebSocket(url),
}

/** Node's own client hands over what it has inflated of a frame that is broken further on. */
function parse(data: string): { type: string; text: string } {
  try {
    return JSON.parse(data) as { type: string; text: string }
  } catch {
    return { type: 'message', text: `broken: ${data}` }
  }
}

/** Its texts, and when it is over. */
class Member {
  readonly texts: string[] = []
  pings = 0
  readonly joined: Promise<void>
  readonly closed: Promise<number>

  constructor(socket: WsSocket | WebSocket, name: string) {
    const joined = Promise.withResolvers<void>()
    const closed = Promise.withResolvers<number>()
    this.joined = joined.promise
    this.closed = closed.promise
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: 'hello', id: 'h', name }))
      socket.send(JSON.stringify({ type: 'join', id: 'j', room: 'general' }))
    }
    socket.onmessage = ({ data }: { data: unknown }) => {
      const { type, text } = parse(String(data))
      if (type === 'joined') joined.resolve()
      if (type === 'message') this.texts.push(text)
    }
    socket.onclose = ({ code }: { code: number }) => {
      closed.resolve(code)
      joined.reject(new Error(`closed with ${code} before it was in the room`))
    }
    // What it does not understand ends it, with a code.
    socket.onerror = () => {}
    if (socket instanceof WsSocket) socket.on('ping', () => (this.pings += 1))
  }
}

/**
 * Posts the texts in bursts while the clients are pinged, and stops the hub right behind the last one. `change`
 * is given each connection before the hub is.
 */
export async function mixedRoom(
  texts: readonly string[],
  threshold: number,
  change: (connection: Connection<Buffer>) => void = () => {},
): Promise<Story> {
  const hub = createHub()
  const accept = hub.accept.bind(hub)
  const connections: Connection[] = []
  const encoded = new Map<Transport, number>()
  const server = await listen(hub, { port: 0, compress: { threshold } })
  hub.accept = connection => {
    change(connection as Connection<Buffer>)
    const { transport } = connection
    const counted: Transport = counters.get(transport) ?? {
      ...transport,
      encode(text) {
        if (text.startsWith('{"type":"message"')) encoded.set(transport, (encoded.get(transport) ?? 0) + 1)
        return transport.encode(text)
      },
    }
    counters.set(transport, counted)
    Object.assign(connection, { transport: counted })
    connections.push(connection)
    accept(connection)
  }
  const counters = new Map<Transport, Transport>()
  const members = Object.entries(CLIENTS).map(
    ([name, open], index) => [name, new Member(open(server.url), `user-${index}`)] as const,
  )
  await Promise.all(members.map(([, { joined }]) => joined))
  hub.accept = accept
  const writer = new Peer(hub)
  await writer.enter('writer')
  for (let from = 0; from < texts.length; from += BURST) {
    const burst = texts.slice(from, from + BURST)
    writer.send(...burst.map((text, n) => ({ type: 'publish', id: `m${from + n}`, room: 'general', text })))
    for (const connection of connections) connection.ping?.()
    await writer.next('message', from + burst.length)
  }
  await hub.close({ windowMs: 0 })
  const told = members.map(async ([name, { texts, pings, closed }]) => {
    const code = await closed
    return [name, { texts, pings, code }] as const
  })
  return { told: Object.fromEntries(await Promise.all(told)), encoded }
}

/** Who was not told all texts, each once and in order, and then that the server stops. */
export function harmed({ told }: Story, texts: readonly string[]): readonly string[] {
  const ending = (each: Told): string => [...each.texts, each.code].join('\n')
  const whole = ending({ texts, pings: 0, code: 1012 })
  return Object.keys(told).filter(name => told[name] && ending(told[name]) !== whole)
}
