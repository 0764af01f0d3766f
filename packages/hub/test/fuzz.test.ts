/** Rubbish, and real traffic bent a little: whatever comes, the hub answers or closes, and goes on. */
import { createHub, type ServerMessage } from '@hubbub/hub'
import { memoryTransport } from '@hubbub/hub/memory'
import { listen } from '@hubbub/hub/ws'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

/** Frames per transport: a million in the long form, `FRAMES=1000000 npm test -- --project hub fuzz`. */
const FRAMES = Number(process.env['FRAMES'] ?? 3_000)
const PER_CONNECTION = 50

const real: readonly object[] = [
  { type: 'hello', id: 'h', name: 'Ann' },
  { type: 'join', id: 'j', room: 'general', after: { epoch: 'e', seq: 3 } },
  { type: 'join', id: 'j', room: 'general', last: 10 },
  { type: 'publish', id: 'm', room: 'general', text: 'hello' },
  { type: 'history', id: 'x', room: 'general', before: 5, limit: 10 },
  { type: 'rooms', id: 'r' },
  { type: 'typing', room: 'general' },
  { type: 'leave', id: 'l', room: 'general' },
  { type: 'ping', id: 'p' },
]

/** A real message with some of its fields replaced, removed or added. */
const bent = fc
  .tuple(
    fc.constantFrom(...real),
    fc.dictionary(
      fc.constantFrom('id', 'room', 'text', 'name', 'after', 'last', '__proto__', 'x'),
      fc.jsonValue(),
      { maxKeys: 3 },
    ),
    fc.boolean(),
  )
  .map(([message, changes, keep]) => JSON.stringify(keep ? message : { ...message, ...changes }))

/** Real JSON with a character cut out or put in. */
const torn = fc
  .tuple(bent, fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }))
  .map(([text, at, part]) => text.slice(0, at % text.length) + part + text.slice((at % text.length) + 1))

const frame = fc.oneof(
  { weight: 4, arbitrary: bent },
  { weight: 2, arbitrary: torn },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)

interface Line {
  send(text: string): void
  close(): void
  /** Resolves when the pong for this id has come, or the connection has closed. */
  settled(id: string): Promise<void>
}

function line(open: () => { socket: WebSocketLike; ready: Promise<void> }): () => Promise<Line> {
  return async () => {
    const { socket, ready } = open()
    const waiting = new Map<string, () => void>()
    let over = false
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as ServerMessage
      if (message.type === 'pong' || message.type === 'error') waiting.get(message.id ?? '')?.()
    }
    socket.onclose = () => {
      over = true
      for (const wake of waiting.values()) wake()
    }
    await ready
    return {
      send: text => {
        socket.send(text)
      },
      close: () => {
        socket.close(1000)
      },
      settled: id =>
        new Promise(resolve => {
          if (over) resolve()
          waiting.set(id, resolve)
        }),
    }
  }
}

interface WebSocketLike {
  send(text: string): void
  close(code?: number): void
  onmessage: ((event: { readonly data: unknown }) => void) | null
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null
  onopen: (() => void) | null
}

async function storm(connect: () => Promise<Line>): Promise<void> {
  let connections = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { minLength: PER_CONNECTION, maxLength: PER_CONNECTION }),
      async frames => {
        connections += 1
        const peer = await connect()
        for (const text of frames) peer.send(text)
        const last = `last-${connections}`
        const settled = peer.settled(last)
        peer.send(JSON.stringify({ type: 'ping', id: last }))
        await settled
        peer.close()
      },
    ),
    { numRuns: Math.ceil(FRAMES / PER_CONNECTION) },
  )
}

describe(`${FRAMES} frames of rubbish`, () => {
  it('over the memory transport: every connection is answered or closed, none is left, nothing throws', async () => {
    const errors: unknown[] = []
    await using hub = createHub({ onError: error => errors.push(error) })
    const connect = memoryTransport(hub)
    await storm(line(() => ({ socket: connect('memory:'), ready: Promise.resolve() })))
    expect(errors).toEqual([])
    expect(hub.stats().sessions).toBeLessThanOrEqual(1)
  })

  it('over WebSocket', async () => {
    const errors: unknown[] = []
    await using hub = createHub({ onError: error => errors.push(error) })
    const server = await listen(hub, { port: 0 })
    await storm(
      line(() => {
        const socket = new WebSocket(server.url) as unknown as WebSocketLike
        const ready = new Promise<void>(resolve => {
          socket.onopen = resolve
        })
        return { socket, ready }
      }),
    )
    expect(errors).toEqual([])
  })
})
