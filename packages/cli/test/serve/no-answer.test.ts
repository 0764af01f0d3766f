import { createHub, systemClock } from '@hubbub/hub'
import { listen } from '@hubbub/hub/ws'
import { VirtualClock } from '@hubbub/hub/testing'
import { describe, expect, it, vi } from 'vitest'
import { runCli } from '../../src/run-cli.ts'
import { testIo, type TestIo } from '../support/io.ts'

/** A server that takes every command and has nobody to answer it. */
async function silentServer(): Promise<{ url: string; taken: () => number; close: () => Promise<void> }> {
  const hub = createHub()
  let taken = 0
  hub.use((context, next) => {
    if (context.request.type !== 'publish' || !context.request.text.startsWith('/')) return next()
    taken += 1
    context.acceptCommand()
    return undefined
  })
  const { url } = await listen(hub, { port: 0 })
  return { url, taken: () => taken, close: () => hub.close() }
}

/** The client's time passes a second at a time, with real turns between, in which sockets are heard. */
async function pass(clock: VirtualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await clock.advance(1_000)
    for (let turn = 0; turn < 20; turn += 1) await new Promise(resolve => setImmediate(resolve))
  }
}

function clientIo(): TestIo & { readonly clock: VirtualClock } {
  const clock = new VirtualClock(systemClock.now())
  return { ...testIo({ clock }), clock }
}

describe('an answer that is owed and does not come', () => {
  it.each([
    ['join', ['join'], '/stock=AAPL.US\n', 'no answer came within 32 s to: /stock=AAPL.US'],
    ['send', ['send', '/stock=AAPL.US'], '', 'no answer came within 32 s'],
  ])('ends %s with 7', async (_verb, args, input, message) => {
    const server = await silentServer()
    try {
      const io = clientIo()
      let code: number | undefined
      const done = runCli([...args, '--url', server.url], io).then(ended => {
        code = ended
      })
      io.stdin.end(input)
      await vi.waitFor(() => {
        expect(server.taken()).toBe(1)
      })
      await pass(io.clock, 31)
      expect(code).toBeUndefined()
      await pass(io.clock, 2)
      await done
      expect(code).toBe(7)
      expect(io.err()).toContain(`error: ${message}`)
      expect(io.clock.pending).toBe(0)
    } finally {
      await server.close()
    }
  })
})
