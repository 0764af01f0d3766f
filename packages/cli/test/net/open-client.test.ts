import { createServer } from 'node:net'
import { createHub, systemClock } from '@hubbub/hub'
import { listen } from '@hubbub/hub/ws'
import { VirtualClock } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../src/exit.ts'
import { openClient } from '../../src/net/open-client.ts'
import { testIo } from '../support/io.ts'

/** A port where a TCP server does this to whoever connects. */
async function tcp(behave: Parameters<typeof createServer>[1]): Promise<{ url: string; close: () => void }> {
  const server = createServer({}, behave)
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `ws://127.0.0.1:${port}`, close: () => server.close() }
}

describe('the credential', () => {
  it('is CHAT_TOKEN of the environment', async () => {
    const hub = createHub({
      authenticate: ({ token }) => (token === 'open sesame' ? { id: 'u1', name: 'Ali' } : undefined),
    })
    const { url } = await listen(hub, { port: 0 })
    try {
      const io = testIo({ clock: systemClock, env: { CHAT_TOKEN: 'open sesame' } })
      const client = await openClient({ url }, io)
      expect(await client.ready).toEqual({ id: 'u1', name: 'Ali' })
      await client.close()
      const long = testIo({ clock: systemClock, env: { CHAT_TOKEN: 'x'.repeat(4_097) } })
      await expect(openClient({ url }, long)).rejects.toMatchObject({
        exitCode: 4,
        message: 'CHAT_TOKEN is no token: it has more than 4,096 characters',
      })
      const stranger = testIo({ clock: systemClock, env: { CHAT_TOKEN: 'wrong' } })
      await expect(openClient({ url }, stranger)).rejects.toMatchObject({ exitCode: 4 })
    } finally {
      await hub.close()
    }
  })
})

describe('a server that does not answer', () => {
  it('is given up after 10 s', async () => {
    const silent = await tcp(socket => socket.on('error', () => {}))
    try {
      const clock = new VirtualClock()
      const failed = openClient({ url: silent.url }, testIo({ clock })).catch((error: unknown) => error)
      await clock.advance(10_000)
      expect(await failed).toMatchObject({
        exitCode: 5,
        message: expect.stringMatching(/cannot connect to ws:/),
      })
      expect(clock.pending).toBe(0)
    } finally {
      silent.close()
    }
  })

  it('is waited for no longer when the process should end', async () => {
    const silent = await tcp(socket => socket.on('error', () => {}))
    try {
      const io = testIo({ clock: systemClock })
      const failed = openClient({ url: silent.url }, io).catch((error: unknown) => error)
      io.interrupt(new Interrupted('SIGINT', 130))
      expect(await failed).toMatchObject({ exitCode: 130 })
    } finally {
      silent.close()
    }
  })
})

describe('the reason', () => {
  it.each([
    ['HTTP/1.1 429 Too Many Requests', 'it takes no more connections from this address for now'],
    ['HTTP/1.1 503 Service Unavailable', 'the server is stopping'],
    ['HTTP/1.1 200 OK', 'what answers there is no chat server'],
    ['SSH-2.0-OpenSSH_9.2', 'what answers there is no chat server'],
  ])('for %s is told in words', async (answer, words) => {
    const other = await tcp(socket => {
      socket.on('error', () => {})
      socket.end(`${answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
    })
    try {
      const failed = openClient({ url: other.url }, testIo({ clock: systemClock }))
      await expect(failed).rejects.toMatchObject({ exitCode: 5, message: expect.stringContaining(words) })
    } finally {
      other.close()
    }
  })
})
