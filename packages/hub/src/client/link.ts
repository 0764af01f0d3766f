import type { Cancel, Clock } from '../clock.ts'
import { Close } from '../protocol/codes.ts'
import type { ClientMessage, ServerMessage } from '../protocol/messages.ts'
import { readFrame } from './incoming.ts'
import { Liveness } from './liveness.ts'
import type { ClientSocket } from './types.ts'

/** How long one attempt may take until `welcome`, in milliseconds. */
const WELCOME_MS = 10_000
/** How long the other end may take to answer our goodbye, in milliseconds. */
const GOODBYE_MS = 2_000

/** Why an attempt failed, where the platform does not say: browsers hide it from a page. */
export const UNEXPLAINED = 'the connection failed'

/** What a link tells its owner. Nothing is told after `ended`. */
export interface LinkEvents {
  opened(): void
  /** Anything but `ping` and `pong`, which a link deals with itself. */
  received(message: ServerMessage): void
  malformed(problem: string): void
  /** Called once; never by `close`. */
  ended(code: number, reason: string): void
}

/**
 * One socket's life, from the attempt to its end. It ends when the socket closes, when `welcome` does not come
 * in time, and when the server falls silent: at once then, since a half-open socket may take minutes to close.
 */
export class Link {
  readonly #socket: ClientSocket
  readonly #clock: Clock
  readonly #events: LinkEvents
  readonly #liveness: Liveness
  #deadline: Cancel
  #opened = false
  #ended = false

  /** Throws what the socket's constructor throws. */
  constructor(open: () => ClientSocket, clock: Clock, events: LinkEvents) {
    this.#clock = clock
    this.#events = events
    const socket = open()
    this.#socket = socket
    this.#liveness = new Liveness(clock, {
      ping: id => {
        this.send({ type: 'ping', id })
      },
      dead: () => {
        this.abandon('the server fell silent')
      },
    })
    this.#deadline = clock.setTimer(() => {
      this.abandon(`no welcome within ${WELCOME_MS / 1_000} s`)
    }, WELCOME_MS)
    socket.onopen = () => {
      this.#opened = true
      events.opened()
    }
    socket.onmessage = ({ data }) => {
      this.#receive(data)
    }
    socket.onclose = ({ code, reason }) => {
      this.#end(code, reason || (this.#opened ? `the connection ended with code ${code}` : UNEXPLAINED))
    }
    socket.onerror = event => {
      // Some versions of Node tell of a failed attempt by `error` alone; of an open socket, `close` follows.
      if (this.#opened) return
      const { message } = event as { message?: unknown }
      this.#end(Close.abnormal, typeof message === 'string' && message ? message : UNEXPLAINED)
    }
  }

  /** Sends a message; nothing once the link has ended. */
  send(message: ClientMessage): void {
    if (this.#ended) return
    try {
      this.#socket.send(JSON.stringify(message))
    } catch (error) {
      // A platform's socket throws where it is not open any more and its `close` is still to come.
      this.#end(Close.abnormal, error instanceof Error ? error.message : UNEXPLAINED)
    }
  }

  /** `welcome` has come: from now on the server must show a sign of life in every `heartbeatMs`. */
  welcomed(heartbeatMs: number): void {
    this.#deadline()
    if (!this.#ended) this.#liveness.start(heartbeatMs)
  }

  /** Gives the connection up, without waiting for the other end, so that the session can be resumed. */
  abandon(reason: string): void {
    this.#end(Close.silent, reason)
    // Codes below 3000, except 1000, are not for a page to send.
    quietly(() => {
      this.#socket.close(Close.silent, reason)
    })
  }

  /** Lets the connection go without a word to the owner: the server has refused us. */
  drop(): void {
    if (this.#ended) return
    this.#release()
    this.#socket.onclose = null
    quietly(() => {
      this.#socket.close(Close.normal)
    })
  }

  /** Says goodbye with code 1000; resolves when the socket is closed, at the latest after 2 s. */
  async close(): Promise<void> {
    if (this.#ended) return
    this.#release()
    const closed = Promise.withResolvers<void>()
    const cancel = this.#clock.setTimer(() => {
      closed.resolve()
    }, GOODBYE_MS)
    this.#socket.onclose = () => {
      closed.resolve()
    }
    quietly(() => {
      this.#socket.close(Close.normal, 'goodbye')
    })
    await closed.promise
    cancel()
    this.#socket.onclose = null
  }

  #receive(data: unknown): void {
    this.#liveness.sign()
    const incoming = readFrame(data)
    if (incoming.kind === 'malformed') this.#events.malformed(incoming.problem)
    if (incoming.kind !== 'message') return
    const { message } = incoming
    if (message.type === 'ping') this.send({ type: 'pong', id: message.id })
    else if (message.type !== 'pong') this.#events.received(message)
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return
    this.#release()
    this.#socket.onclose = null
    this.#events.ended(code, reason)
  }

  #release(): void {
    this.#ended = true
    this.#deadline()
    this.#liveness.stop()
    this.#socket.onopen = null
    this.#socket.onmessage = null
    // Not null: a socket that is an EventEmitter throws an `error` that nobody listens to.
    this.#socket.onerror = ignore
  }
}

function ignore(): void {
  // What happens to a socket after its end concerns nobody.
}

/** A socket that cannot be closed any more is closed. */
function quietly(close: () => void): void {
  try {
    close()
  } catch {
    // Nothing is left to do: its handlers are gone already.
  }
}
