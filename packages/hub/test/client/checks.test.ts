import { createHub } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { listen } from '@hubbub/hub/ws'
import { describe, expect, it } from 'vitest'
import { outcome, record, startJoined, startOnline } from './support/start.ts'

// A room name of 40,000 characters made a frame that no server reads: it closed with 1009, which ended the client and
// all its rooms for good.
describe('a room that no server would have', () => {
  const form = "room must be 1–64 letters, digits, '-', '_' or '.', got a string of"
  it.each(['x'.repeat(40_000), '', 'no such name!', '$control'])('is refused at once', async name => {
    const { client, server, clock, log } = await startOnline()
    const room = client.join(name)
    record(room, log)
    await expect(room.ready).rejects.toMatchObject({
      code: 'bad-request',
      field: 'room',
      message: `${form} ${name.length} characters`,
    })
    expect(await outcome(clock, room.publish('hello'))).toBe('bad-request')
    expect(await outcome(clock, room.history())).toBe('bad-request')
    await room.leave()
    expect(client.join(name)).not.toBe(room)
    expect(server.socket.of('join')).toEqual([])
    expect(client.state.status).toBe('online')
  })

  it('leaves the client with its other rooms, over a real connection', async () => {
    await using hub = createHub()
    const { url } = await listen(hub, { port: 0 })
    await using client = createClient({ url, name: 'Bob' })
    const room = client.join('general')
    await room.ready
    await expect(client.join('x'.repeat(40_000)).ready).rejects.toMatchObject({ code: 'bad-request' })
    await expect(room.publish('still here')).resolves.toMatchObject({ seq: 1 })
    await client.close()
  })
})

describe('what cannot be asked for', () => {
  it.each([
    [{ last: 201 }, RangeError, 'last must be an integer from 0 to 200, got 201'],
    [{ last: -1 }, RangeError, 'last must be an integer from 0 to 200, got -1'],
    [{ last: '5' }, TypeError, 'last must be an integer from 0 to 200, got a string of 1 characters'],
    [{ after: { epoch: 'e', seq: 0.5 } }, RangeError, 'after.seq must be an integer from 0, got 0.5'],
    [{ after: { seq: 1 } }, TypeError, 'after.epoch must be a string of at most 64 characters, got nothing'],
    [{ after: 7 }, RangeError, 'after must be {epoch, seq}, got 7'],
  ])('of a join is thrown: %j', async (options, kind, message) => {
    const { client, server } = await startOnline()
    const join = () => client.join('general', options as Parameters<typeof client.join>[1])
    expect(join).toThrow(kind)
    expect(join).toThrow(message)
    expect(server.socket.of('join')).toEqual([])
    expect(() => client.join(7 as unknown as string)).toThrow(TypeError)
  })

  it.each([
    [{ limit: 0 }, RangeError, 'limit must be an integer from 1 to 200, got 0'],
    [{ limit: 201 }, RangeError, 'limit must be an integer from 1 to 200, got 201'],
    [{ before: -1 }, RangeError, 'before must be an integer from 0, got -1'],
    [{ before: {} }, TypeError, 'before must be an integer from 0, got an object'],
  ])('of the history rejects: %j', async (range, kind, message) => {
    const { server, room } = await startJoined()
    const page = room.history(range as Parameters<typeof room.history>[0])
    await expect(page).rejects.toThrow(kind)
    await expect(page).rejects.toThrow(message)
    expect(server.socket.of('history')).toEqual([])
  })
})
