/** Connections inside one process: for tests, for demos, and for a bot that lives beside its hub. */
import { byteLength } from '../bytes.ts'
import type { ClientSocket, Connect } from '../client/types.ts'
import { type Scheduler, systemScheduler } from '../clock.ts'
import type { Connection, Peer, Transport } from '../connection.ts'

/** The part of a hub that takes connections. */
export interface Accepts {
  accept(connection: Connection): void
}

/** How a memory connection behaves. */
export interface MemoryOptions {
  /** @default the event loop's order */
  readonly scheduler?: Scheduler
  /** What the hub is told about the other end. @default nothing */
  readonly peer?: Peer
}

const transport: Transport<string> = { name: 'memory', encode: text => text, size: byteLength }

/** Runs tasks in order, one a turn. */
class Lane {
  readonly #scheduler: Scheduler
  readonly #tasks: (() => void)[] = []
  #scheduled = false

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  push(task: () => void): void {
    this.#tasks.push(task)
    if (this.#scheduled) return
    this.#scheduled = true
    this.#scheduler.defer(() => {
      this.#next()
    })
  }

  #next(): void {
    const task = this.#tasks.shift()
    this.#scheduled = this.#tasks.length > 0
    if (this.#scheduled)
      this.#scheduler.defer(() => {
        this.#next()
      })
    task?.()
  }
}

/**
 * Opens connections to a hub of this process. Pass the result as the client's `connect`. Each frame arrives in
 * a turn of its own, in order.
 */
export function memoryTransport(hub: Accepts, options: MemoryOptions = {}): Connect {
  const { scheduler = systemScheduler, peer = {} } = options
  return () => {
    const up = new Lane(scheduler)
    const down = new Lane(scheduler)
    let buffered = 0
    let received = 0
    let closed = false
    const connection: Connection<string> = {
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
          const size = byteLength(frame)
          buffered += size
          down.push(() => {
            buffered -= size
            if (!closed) socket.onmessage?.({ data: frame })
            connection.onDrain?.()
          })
        }
      },
      close(code, reason) {
        down.push(() => {
          end(code, reason)
        })
      },
      onMessage: undefined,
      onDrain: undefined,
      onClose: undefined,
    }
    const end = (code: number, reason: string): void => {
      if (closed) return
      closed = true
      socket.onclose?.({ code, reason })
      connection.onClose?.(code, reason)
    }
    const socket: ClientSocket = {
      send(text) {
        up.push(() => {
          received += byteLength(text)
          if (!closed) connection.onMessage?.(text)
        })
      },
      close(code = 1005, reason = '') {
        up.push(() => {
          end(code, reason)
        })
      },
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
    }
    up.push(() => {
      hub.accept(connection)
      socket.onopen?.()
    })
    return socket
  }
}
