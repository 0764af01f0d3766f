/** Connections inside one process: for tests, for demos, and for a bot that lives beside its hub. */
import { byteLength } from '../bytes.ts'
import type { ClientSocket, Connect } from '../client/types.ts'
import { type Scheduler, systemScheduler } from '../clock.ts'
import type { Connection, Peer, Transport } from '../connection.ts'
import { Close } from '../protocol/codes.ts'

/** The part of a hub that takes connections. */
export interface Accepts {
  accept(connection: Connection): void
  /** @default no limit */
  readonly limits?: { readonly frameBytes: number }
}

/** How a memory connection behaves. */
export interface MemoryOptions {
  /** @default the event loop's order */
  readonly scheduler?: Scheduler
  /** What the hub is told about the other end. @default nothing */
  readonly peer?: Peer
}

/** A text with its length in bytes, which every connection of a room would otherwise count anew. */
interface MemoryFrame {
  readonly text: string
  readonly bytes: number
}

const transport: Transport<MemoryFrame> = {
  name: 'memory',
  encode: text => ({ text, bytes: byteLength(text) }),
  size: ({ bytes }) => bytes,
}

/** How a side ends the connection. */
interface Goodbye {
  readonly code: number
  readonly reason: string
}

/** Gives what is pushed to `arrive`, in order, one a turn. */
class Lane<T> {
  readonly #scheduler: Scheduler
  readonly #arrive: (item: T) => void
  readonly #items: T[] = []

  constructor(scheduler: Scheduler, arrive: (item: T) => void) {
    this.#scheduler = scheduler
    this.#arrive = arrive
  }

  push(item: T): void {
    this.#items.push(item)
    if (this.#items.length === 1) this.#scheduler.defer(this.#next)
  }

  readonly #next = (): void => {
    const [item] = this.#items
    this.#items.shift()
    if (this.#items.length > 0) this.#scheduler.defer(this.#next)
    if (item !== undefined) this.#arrive(item)
  }
}

/**
 * Opens connections to a hub of this process. Pass the result as the client's `connect`. Each frame arrives in
 * a turn of its own, in order.
 */
export function memoryTransport(hub: Accepts, options: MemoryOptions = {}): Connect {
  const { scheduler = systemScheduler, peer = {} } = options
  const { frameBytes } = hub.limits ?? { frameBytes: Infinity }
  return () => {
    let buffered = 0
    let received = 0
    let closed = false
    const end = ({ code, reason }: Goodbye): void => {
      if (closed) return
      closed = true
      socket.onclose?.({ code, reason })
      connection.onClose?.(code, reason)
    }
    const up = new Lane<'open' | MemoryFrame | Goodbye>(scheduler, item => {
      if (item === 'open') {
        hub.accept(connection)
        socket.onopen?.()
      } else if ('code' in item) end(item)
      else {
        received += item.bytes
        if (item.bytes > frameBytes)
          end({ code: Close.tooLarge, reason: `a frame has at most ${frameBytes} bytes` })
        else if (!closed) connection.onMessage?.(item.text)
      }
    })
    const down = new Lane<MemoryFrame | Goodbye>(scheduler, item => {
      if ('code' in item) {
        end(item)
        return
      }
      buffered -= item.bytes
      if (!closed) socket.onmessage?.({ data: item.text })
      connection.onDrain?.()
    })
    const connection: Connection<MemoryFrame> = {
      transport,
      peer,
      get bufferedBytes() {
        return buffered
      },
      get receivedBytes() {
        return received
      },
      write(frames) {
        for (const frame of frames) {
          buffered += frame.bytes
          down.push(frame)
        }
      },
      close(code, reason) {
        down.push({ code, reason })
      },
      onMessage: undefined,
      onDrain: undefined,
      onClose: undefined,
    }
    const socket: ClientSocket = {
      send(text) {
        up.push(transport.encode(text))
      },
      close(code = 1005, reason = '') {
        up.push({ code, reason })
      },
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    }
    up.push('open')
    return socket
  }
}
