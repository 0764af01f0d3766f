import { listenStream, type StreamServer } from '@hubbub/hub/stream'
import { describeConnection } from '@hubbub/hub/testing'
import { listen, type WsServer } from '@hubbub/hub/ws'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { leavingOut } from './support/leaving-out.ts'
import { duplexPeer, faultyPeer, memoryPeer, socketPeer, stage, wsPeer } from './support/wire-peers.ts'

describe('ws', () => {
  const { hub, to } = stage()
  let server: WsServer
  beforeAll(async () => {
    server = await listen(hub, { port: 0 })
  })
  afterAll(() => hub.close())
  describeConnection(
    { describe, it },
    'ws',
    wsPeer(() => server.url, to),
  )
})

/** A frame that is compressed is smaller than its text: ws-deflate.test.ts sizes it. */
const OF_PLAIN_FRAMES = 'sizes a frame at no less than its text, and no less than the wire carries'

describe('ws, compressed both ways', () => {
  const { hub, to } = stage()
  let server: WsServer
  beforeAll(async () => {
    server = await listen(hub, { port: 0, compress: { threshold: 0 } })
  })
  afterAll(() => hub.close())
  const { runner, left } = leavingOut({ describe, it }, OF_PLAIN_FRAMES)
  describeConnection(
    runner,
    'ws',
    wsPeer(() => server.url, to, { threshold: 0 }),
  )
  it('leaves one case out', () => {
    expect(left).toEqual([OF_PLAIN_FRAMES])
  })
})

const folder = mkdtempSync(join(tmpdir(), 'hubbub-wire-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe.each([
  ['TCP', { port: 0 }],
  ['a Unix socket', { path: join(folder, 'chat.sock') }],
])('stream', (name, address) => {
  const { hub, to } = stage()
  let server: StreamServer
  beforeAll(async () => {
    server = await listenStream(hub, address)
  })
  afterAll(() => hub.close())
  describeConnection(
    { describe, it },
    `stream over ${name}`,
    socketPeer(() => server, to),
  )
})

describe('inside the process', () => {
  const pair = stage()
  afterAll(() => pair.hub.close())
  describeConnection({ describe, it }, 'stream over a pair', duplexPeer(pair))
  describeConnection({ describe, it }, 'memory', memoryPeer, { deadline: false })
  describeConnection({ describe, it }, 'faulty, with no fault', faultyPeer)
})
