import { connect, type Socket } from 'node:net'
import { Inflater } from './deflate.ts'
import type { Dialect } from './dialects.ts'
import { clientFrame, FrameReader, headerLength, type OnFrame, Opcode } from './wire.ts'

/** Sockets that are opened at once: less than any listen backlog. */
const AT_ONCE = 100
/** How long one client may take until it is in the room. */
const READY_MS = 30_000
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='

/** One chunk at a time is looked at, so all sockets read into the same memory. */
const shared = Buffer.allocUnsafe(256 * 1024)

/** Told of each frame that came after the client was in the room. */
export type OnText = (client: number, data: Buffer, start: number, length: number) => void

/** Many clients of one server, as cheap as they can be. */
export class Crowd {
  readonly #sockets: Socket[] = []
  readonly #port: number
  readonly #dialect: Dialect
  readonly #onText: OnText
  readonly #allowed = new Set<number>()
  readonly #inflater = new Inflater()
  #failure: string | undefined
  /** Bytes that came. */
  bytes = 0
  /** Bytes that would have come as well, had nothing been compressed. */
  saved = 0

  constructor(port: number, dialect: Dialect, onText: OnText) {
    this.#port = port
    this.#dialect = dialect
    this.#onText = onText
  }

  /** What went wrong with a client since it was in the room. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** Resolves when `count` more clients are in the room. Rejects when one of them is not in time. */
  async open(count: number): Promise<void> {
    const end = this.#sockets.length + count
    while (this.#sockets.length < end) {
      const batch = Math.min(AT_ONCE, end - this.#sockets.length)
      await Promise.all(Array.from({ length: batch }, () => this.#open(this.#sockets.length)))
    }
  }

  send(client: number, text: string): void {
    this.#sockets[client]?.write(clientFrame(Opcode.text, Buffer.from(text)))
  }

  /** The client reads nothing any more; that the server gets rid of it is no failure. */
  stall(client: number): void {
    this.#allowed.add(client)
    this.#sockets[client]?.pause()
  }

  async #open(client: number): Promise<void> {
    const { path, protocol, offer, until } = this.#dialect
    const ready = Promise.withResolvers<void>()
    let upgraded = false
    let joined = false
    const enter = (): void => {
      joined = true
      ready.resolve()
    }
    const upgrade = (head: string): void => {
      if (!head.startsWith('HTTP/1.1 101')) ready.reject(new Error(`no upgrade: ${head.slice(0, 200)}`))
      // Else the same message could not be inflated once for all.
      if (offer !== undefined && !head.includes('server_no_context_takeover'))
        ready.reject(new Error(`not compressed as asked: ${head}`))
      upgraded = true
      for (const text of this.#dialect.greet(client)) this.send(client, text)
      if (until === undefined) enter()
    }
    const take: OnFrame = (opcode, data, start, length, compressed) => {
      if (compressed) {
        const inflated = this.#inflater.inflate(data.subarray(start, start + length))
        const plain = headerLength(inflated.length) + inflated.length
        this.saved += plain - headerLength(length) - length
        take(opcode, inflated, 0, inflated.length, false)
      } else if (opcode === Opcode.text) {
        if (joined) this.#onText(client, data, start, length)
        else if (data.toString('latin1', start, start + length).startsWith(until ?? '')) enter()
      } else if (opcode === Opcode.ping)
        socket.write(clientFrame(Opcode.pong, Buffer.from(data.subarray(start, start + length))))
      else if (opcode === Opcode.close)
        this.#fail(client, `closed with ${length < 2 ? 'no code' : data.readUInt16BE(start)}`)
    }
    const reader = new FrameReader(take)
    let head = Buffer.alloc(0)
    const read = (count: number): boolean => {
      this.bytes += count
      if (upgraded) {
        reader.take(shared, count)
        return true
      }
      head = Buffer.concat([head, shared.subarray(0, count)])
      const end = head.indexOf('\r\n\r\n')
      if (end === -1) return true
      upgrade(head.toString('latin1', 0, end))
      const rest = head.subarray(end + 4)
      reader.take(rest, rest.length)
      return true
    }
    const onread = { buffer: shared, callback: read }
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true, onread })
    this.#sockets[client] = socket
    const lines = [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${this.#port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
      ...(protocol === undefined ? [] : [`Sec-WebSocket-Protocol: ${protocol}`]),
      ...(offer === undefined ? [] : [`Sec-WebSocket-Extensions: ${offer}`]),
    ]
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
    const timer = setTimeout(() => {
      ready.reject(new Error(`client ${client} was not in the room after ${READY_MS} ms`))
    }, READY_MS)
    socket.on('error', error => {
      ready.reject(error)
      this.#fail(client, error.message)
    })
    socket.once('close', () => {
      ready.reject(new Error(`client ${client} was closed before it was in the room`))
      this.#fail(client, 'closed')
    })
    await ready.promise
    clearTimeout(timer)
  }

  #fail(client: number, what: string): void {
    if (!this.#allowed.has(client)) this.#failure ??= `client ${client}: ${what}`
  }
}
