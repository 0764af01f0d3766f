import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { type Channel, type ChannelModel, connect } from 'amqplib'
import type { Clock } from '../clock.ts'
import { asError, within } from './wait.ts'

/** One established connection, from the end of its topology until it ends. */
export interface Session {
  readonly model: ChannelModel
  /** Aborted when the connection has ended. */
  readonly signal: AbortSignal
  /** Resolves when the connection has ended, with the error if there was one. */
  readonly ended: Promise<Error | undefined>
  /** Why the broker takes no messages at the moment. */
  readonly blocked: string | undefined
  /** Declares the topology again, after a message found that a part of it is gone. */
  declare(): Promise<void>
  /** Ends the connection; after 2 s without an answer by force. Never rejects. */
  close(): Promise<void>
}

interface SessionOptions {
  readonly name: string
  readonly clock: Clock
  readonly timeout: number
  readonly heartbeat: number
  readonly tls: TlsOptions | undefined
  readonly topology: ((channel: Channel) => Promise<void>) | undefined
  /** Gives the trial up. */
  readonly closing: AbortSignal
  readonly onBlocked: (reason: string | undefined) => void
}

const CLOSE_TIMEOUT_MS = 2_000

/** Connects, listens, declares the topology. Rejects when one of them fails; then no socket is left. */
export async function openSession(url: string, options: SessionOptions): Promise<Session> {
  const { clock, timeout, closing } = options
  // The library cannot give a trial up. Its socket can: node:net destroys it when this signal aborts.
  const socket = new AbortController()
  const abandon = (): void => {
    socket.abort(new Error('given up'))
  }
  closing.addEventListener('abort', abandon, { once: true })
  try {
    closing.throwIfAborted()
    const opening = connect(withHeartbeat(url, options.heartbeat), {
      ...options.tls,
      noDelay: true,
      keepAlive: true,
      timeout,
      clientProperties: { connection_name: options.name },
      signal: socket.signal,
    } as Parameters<typeof connect>[1])
    opening.then(
      async late => {
        if (socket.signal.aborted) await listen(late, options, abandon).close()
      },
      () => undefined,
    )
    const model = await within(clock, timeout, 'connecting', opening, socket.signal)
    const session = listen(model, options, abandon)
    await session.declare()
    return session
  } catch (error) {
    abandon()
    throw error
  } finally {
    closing.removeEventListener('abort', abandon)
  }
}

/** Must run in the turn in which the model came: an `error` that nobody listens for would end the process. */
function listen(
  model: ChannelModel,
  { clock, timeout, topology, onBlocked }: SessionOptions,
  abandon: () => void,
): Session {
  const end = new AbortController()
  const { promise: ended, resolve } = Promise.withResolvers<Error | undefined>()
  let failure: Error | undefined
  let blocked: string | undefined
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    try {
      await within(clock, CLOSE_TIMEOUT_MS, 'closing', Promise.race([model.close(), ended]))
    } catch {
      // It had ended already, or does not answer: either way there is nothing left to say.
    }
    abandon()
    end.abort()
    resolve(failure)
  }
  // A loss shows as `error` and `close`, an operator's close as `close` alone: the last one counts, once.
  model.on('error', error => {
    failure = error
  })
  model.once('close', error => {
    end.abort(failure ?? error ?? new Error('the other side closed the connection'))
    abandon()
    resolve(failure ?? error)
  })
  model.on('blocked', reason => {
    blocked = reason
    onBlocked(reason)
  })
  model.on('unblocked', () => {
    blocked = undefined
    onBlocked(undefined)
  })
  return {
    model,
    ended,
    signal: end.signal,
    declare: () => within(clock, timeout, 'the topology', declare(model, topology), end.signal),
    get blocked() {
      return blocked
    },
    // A second request to the library would throw, and the first would then never be answered.
    close: () => (closing ??= close()),
  }
}

/** On a channel of its own, so that a queue which exists with other arguments harms nothing else. */
async function declare(model: ChannelModel, topology: SessionOptions['topology']): Promise<void> {
  // Also without a topology: the model may be dead already, and only a request shows it.
  const channel = await model.createChannel()
  let refused: Error | undefined
  channel.on('error', error => {
    refused = error
  })
  try {
    await topology?.(channel)
    await channel.close()
  } catch (error) {
    throw refused ?? asError(error)
  }
}

function withHeartbeat(url: string, seconds: number): string {
  const parsed = new URL(url)
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', String(seconds))
  return parsed.href
}
