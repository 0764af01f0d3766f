import { type ChannelModel, connect } from 'amqplib'
import { systemClock, within } from '@hubbub/hub/amqp'

/** How long each step may take, in milliseconds. */
const PATIENCE_MS = 5_000
/** How long an orderly end may take: it is only a courtesy. */
const CLOSE_MS = 1_000

/** Calls `work` with a connection to this address, which it closes. Rejects where it cannot be made. */
export async function withConnection<T>(url: string, work: (model: ChannelModel) => Promise<T>): Promise<T> {
  // The library cannot give a trial up. Its socket can: node:net destroys it when this signal aborts.
  const socket = new AbortController()
  const opening = connect(url, {
    timeout: PATIENCE_MS,
    clientProperties: { connection_name: 'stock-bot doctor' },
    signal: socket.signal,
  } as Parameters<typeof connect>[1])
  const listening = opening.then(model => {
    // Without a listener an error would end the process; whoever waits for an answer hears of it.
    model.on('error', () => undefined)
    return model
  })
  try {
    const model = await patiently('connecting', listening)
    try {
      return await work(model)
    } finally {
      await within(systemClock, CLOSE_MS, 'closing', model.close()).catch(() => undefined)
    }
  } finally {
    listening.catch(() => undefined)
    socket.abort()
  }
}

/** The same, but not for long. */
export const patiently = <T>(what: string, work: Promise<T>): Promise<T> =>
  within(systemClock, PATIENCE_MS, what, work)
