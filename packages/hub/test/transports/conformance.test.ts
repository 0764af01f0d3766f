import { listenStream, type StreamServer } from '@hubbub/hub/stream'
import { describeConnection } from '@hubbub/hub/testing'
import { listen, type WsServer } from '@hubbub/hub/ws'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
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
