import type { Connection } from '@hubbub/hub'
import { constants, deflateRawSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { harmed, mixedRoom } from './support/mixed-room.ts'
import { texts } from './support/texts.ts'

const FLUSH = { finishFlush: constants.Z_SYNC_FLUSH }

/** Has a connection that compresses send the room's messages as `deflate` makes them. */
function replaceDeflate(connection: Connection<Buffer>, deflate: (text: string) => Buffer): void {
  const { transport } = connection
  if (transport.name !== 'ws-deflate') return
  const encode = (text: string): Buffer => {
    if (!text.startsWith('{"type":"message"')) return transport.encode(text)
    const payload = deflate(text).subarray(0, -4)
    const head = payload.length < 126 ? Buffer.of(0xc1, payload.length) : Buffer.of(0xc1, 126, 0, 0)
    if (head.length === 4) head.writeUInt16BE(payload.length, 2)
    return Buffer.concat([head, payload])
  }
  Object.assign(connection, { transport: { ...transport, encode } })
}

describe('a room with clients of every make', () => {
  const all = texts(180)

  it.each([0, 128, 1_000])(
    'tells all of them the same, in order, above a threshold of %i',
    async threshold => {
      const story = await mixedRoom(all, threshold)
      expect(harmed(story, all)).toEqual([])
      // Node's own client does not tell of them.
      const pings = Object.entries(story.told).map(([name, { pings }]) => [name, pings])
      expect(pings).toEqual(pings.map(([name]) => [name, name === "Node's own" ? 0 : 12]))
    },
  )

  it('compresses each message once for all windows of a size', async () => {
    const { encoded } = await mixedRoom(all, 128)
    const counts = [...encoded].map(([{ name }, count]) => `${name} ${count}`)
    // Windows of 9, 12 and 15 bits, and no compression.
    expect(counts.toSorted()).toEqual(['ws 180', 'ws-deflate 180', 'ws-deflate 180', 'ws-deflate 180'])
  })

  it('notices a server that remembers one frame for the next', async () => {
    // One memory for all: Node's own client keeps its own for ever, and would read what refers to that.
    let dictionary = Buffer.alloc(0)
    const story = await mixedRoom(all, 128, connection => {
      replaceDeflate(connection, text => {
        const deflated = deflateRawSync(text, { ...FLUSH, dictionary })
        dictionary = Buffer.from(text)
        return deflated
      })
    })
    const compressed = Object.keys(story.told).filter(name => name !== 'ws without compression')
    expect(harmed(story, all)).toEqual(compressed)
  })

  it('notices a server that looks back further than a client can', async () => {
    const story = await mixedRoom(all, 128, connection => {
      replaceDeflate(connection, text => deflateRawSync(text, FLUSH))
    })
    const small = [8, 9, 12].map(bits => `ws with a window of ${bits} bits`)
    expect(harmed(story, all)).toEqual(small)
  })
})
