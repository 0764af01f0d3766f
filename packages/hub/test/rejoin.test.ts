import { createHub, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'

/** A hub over a memory log that hangs in a read when it is told to. */
function setUp() {
  const inner = memoryLog({ clock: systemClock, secret })
  let hanging: PromiseWithResolvers<never> | undefined
  const asked = Promise.withResolvers<void>()
  const log: MessageLog = {
    ...inner,
    read(room, range) {
      if (!hanging) return inner.read(room, range)
      asked.resolve()
      const { promise } = hanging
      hanging = undefined
      return promise
    },
  }
  return {
    hub: createHub({ log }),
    /** Joins again and comes back when the log was asked; what it returns lets that fail, and waits for the answer. */
    async rejoin(peer: Peer, request: object = {}): Promise<() => Promise<void>> {
      const read = Promise.withResolvers<never>()
      hanging = read
      peer.send({ type: 'join', id: 'again', room: 'general', ...request })
      await asked.promise
      return async () => {
        read.reject(new Error('down'))
        expect(await peer.answer('again')).toMatchObject({ type: 'error', code: 'unavailable' })
      }
    },
  }
}

// What was not a message was thrown away while somebody joined again. Where that failed there was no `joined` that
// would have had it: the versions of presence had a gap, and a typing was lost.
it('goes on as if nothing had happened where joining again fails', async () => {
  const log = setUp()
  const { hub } = log
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const { version } = await ann.next('presence')
  const fail = await log.rejoin(ann)
  const bob = new Peer(hub)
  await bob.enter('Bob')
  bob.send({ type: 'typing', room: 'general' })
  bob.send({ type: 'publish', id: 'm', room: 'general', text: 'x' })
  await bob.next('message')
  expect(ann.of('presence')).toHaveLength(1)
  await fail()
  const cid = new Peer(hub)
  await cid.enter('Cid')
  await ann.next('presence', 3)
  expect(ann.of('presence').map(each => each.version)).toEqual([version, version + 1, version + 2])
  expect(ann.of('typing')).toHaveLength(1)
  expect(ann.of('message').map(({ id }) => id)).toEqual(['m'])
  await hub.close({ windowMs: 0 })
})
