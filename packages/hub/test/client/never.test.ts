import { createHub, HubError } from '@hubbub/hub'
import { describe, expect, it } from 'vitest'
import { RealClient } from './support/real.ts'
import { outcome, startJoined } from './support/start.ts'

// A limiter that means "never" gives Infinity, of which JSON makes null. The client called that frame malformed, and
// its publish had no answer for 10 minutes.
describe('a refusal without an end', () => {
  it.each([Infinity, Number.NaN, -1, 1e300, 0.5])('of %d ms settles the publish it answers', async ms => {
    await using hub = createHub()
    hub.use(({ request }, next) => {
      if (request.type !== 'publish') return next()
      throw new HubError('rate-limited', 'not you', { retryAfterMs: ms })
    })
    await using ann = new RealClient(hub)
    const errors: string[] = []
    ann.client.on('error', ({ message }) => errors.push(message))
    const room = ann.client.join('general')
    await room.ready
    const expected = { [1e300]: Number.MAX_SAFE_INTEGER, [-1]: 0, [0.5]: 1 }[ms]
    await expect(room.publish('hello')).rejects.toMatchObject({
      code: 'rate-limited',
      message: 'not you',
      retryAfterMs: expected,
    })
    expect(errors).toEqual([])
  })

  it('settles one that was queued as well: it is not sent again and again', async () => {
    const { server, clock, room } = await startJoined()
    server.socket.end()
    const first = room.publish('first')
    const second = room.publish('second')
    await clock.advance(250)
    const socket = server.socket.welcome().join()
    socket.say({ type: 'error', id: socket.last('publish').id, code: 'rate-limited', message: 'never' })
    expect(await outcome(clock, first)).toBe('rate-limited')
    expect(socket.of('publish').map(({ text }) => text)).toEqual(['first', 'second'])
    expect(await outcome(clock, second)).toBe('pending')
  })

  it('may be written as null, as may any field that may be absent', async () => {
    const { server, room, log } = await startJoined()
    const publish = room.publish('hello')
    const { id } = server.socket.last('publish')
    const refusal = {
      type: 'error',
      id,
      code: 'rate-limited',
      message: 'never',
      field: null,
      retryAfterMs: null,
    }
    server.socket.say(JSON.stringify(refusal))
    await expect(publish).rejects.toMatchObject({
      code: 'rate-limited',
      field: undefined,
      retryAfterMs: undefined,
    })
    server.socket.say(JSON.stringify({ type: 'left', id: null, room: 'general', reason: 'closed' }))
    expect(log).toEqual(['left: closed'])
    server.socket.say(JSON.stringify({ type: 'drain', reconnectAfterMs: null }))
    expect(log.at(-1)).toContain('drain.reconnectAfterMs must be an integer from 0, got null')
  })
})
