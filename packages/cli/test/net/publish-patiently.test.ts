import { ClientError, type ClientErrorCode } from '@hubbub/hub/client'
import { VirtualClock } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import { publishPatiently } from '../../src/net/publish-patiently.ts'
import { FakeRoom } from '../support/fake-client.ts'

function start() {
  const clock = new VirtualClock()
  const room = new FakeRoom('general')
  const abort = new AbortController()
  const done = publishPatiently(room, 'hello', { id: 'mine', signal: abort.signal, clock })
  done.catch(() => undefined)
  return {
    clock,
    room,
    abort,
    done,
    refuse: async (code: ClientErrorCode, retryAfterMs?: number): Promise<void> => {
      room.published.at(-1)?.reject(new ClientError(code, `it is ${code}`, { retryAfterMs }))
      await clock.settle()
    },
  }
}

describe('a patient publish', () => {
  it('is sent again with its id when the server says that it may', async () => {
    const { clock, room, done, refuse } = start()
    await refuse('rate-limited', 700)
    await clock.advance(699)
    expect(room.published).toHaveLength(1)
    await clock.advance(1)
    expect(room.published.map(({ id }) => id)).toEqual(['mine', 'mine'])
    room.published.at(-1)?.resolve({ kind: 'message', id: 'mine', seq: 4 })
    expect(await done).toMatchObject({ seq: 4 })
  })

  it.each(['unavailable', 'no-bot', 'unsettled', 'closed'] as const)('that is %s is refused', async code => {
    const { room, done, refuse } = start()
    await refuse(code)
    await expect(done).rejects.toMatchObject({ code })
    expect(room.published).toHaveLength(1)
  })

  // A limit without a time was asked again every second for ever, one of 30 days some hundred times a second.
  it.each([undefined, 600_000, 30 * 86_400_000])('that may go out after %j ms is refused', async ms => {
    const { clock, room, done, refuse } = start()
    await refuse('rate-limited', ms)
    await expect(done).rejects.toMatchObject({ code: 'rate-limited' })
    expect(room.published).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('has 10 minutes in all', async () => {
    const { clock, room, done, refuse } = start()
    for (let n = 0; n < 9; n += 1) {
      await refuse('rate-limited', 60_000)
      await clock.advance(60_000)
    }
    await refuse('rate-limited', 60_000)
    await expect(done).rejects.toMatchObject({ code: 'rate-limited' })
    expect(room.published).toHaveLength(10)
  })

  it('waits no longer than its signal', async () => {
    const { clock, abort, done, refuse } = start()
    await refuse('rate-limited', 60_000)
    abort.abort('stop')
    await expect(done).rejects.toBe('stop')
    expect(clock.pending).toBe(0)
  })
})
