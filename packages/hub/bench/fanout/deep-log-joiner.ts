import type { Hub, ServerMessageOf } from '@hubbub/hub'
import { memoryTransport } from '@hubbub/hub/memory'

/** A bare client of one connection. */
export interface Joiner {
  /** Joins a room, again where it was joined, and resolves with the answer. */
  join(room: string, extra: object): Promise<ServerMessageOf<'joined'>>
  close(): void
}

/** Connects to a hub without a network, and says hello. */
export async function joiner(hub: Hub): Promise<Joiner> {
  const socket = memoryTransport(hub)('memory:')
  let answer = Promise.withResolvers<Record<string, unknown>>()
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as Record<string, unknown>
    if (frame['type'] === 'error') answer.reject(new Error(String(frame['message'])))
    else if (frame['type'] === 'welcome' || frame['type'] === 'joined') answer.resolve(frame)
  }
  const ask = (frame: object): Promise<Record<string, unknown>> => {
    answer = Promise.withResolvers()
    socket.send(JSON.stringify({ id: 'a', ...frame }))
    return answer.promise
  }
  await ask({ type: 'hello', name: 'bench' })
  return {
    join: async (room, extra) =>
      (await ask({ type: 'join', room, ...extra })) as unknown as ServerMessageOf<'joined'>,
    close: () => {
      socket.close(1000)
    },
  }
}
