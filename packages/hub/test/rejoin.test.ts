import { createHub, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'

/** A hub over a memory log that begins anew, and hangs in a read, when it is told to. */
function setUp() {
  const start = () => memoryLog({ clock: systemClock, secret })
  let inner = start()
  let hanging: PromiseWithResolvers<never> | undefined
  const asked = Promise.withResolvers<void>()
  const log: MessageLog = {
    ...inner,
    append: (room, drafts) => inner.append(room, drafts),
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
    beginAnew: () => {
      inner = start()
    },
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

const publish = (peer: Peer, ...ids: readonly string[]) =>
  peer.send(...ids.map(id => ({ type: 'publish', id, room: 'general', text: id })))

/** Where a peer was told that the room is. */
const story = (peer: Peer) =>
  peer.frames.flatMap(frame => {
    if (frame.type === 'message') return `${frame.seq} ${frame.id}`
    return frame.type === 'reset' ? `reset to ${frame.seq}` : []
  })

// Who joined again while the log began anew was not told of it. Where joining failed they went on with the old place in
// the new epoch: nothing up to there was shown, and nothing said so.
it('is told of a new epoch where joining again fails meanwhile', async () => {
  const log = setUp()
  const { hub } = log
  const [ann, bob] = [new Peer(hub), new Peer(hub)]
  await ann.enter('Ann')
  await bob.enter('Bob')
  publish(bob, 'a', 'b')
  await ann.next('message', 2)
  const fail = await log.rejoin(ann)
  publish(bob, 'c')
  await bob.next('message', 3)
  log.beginAnew()
  publish(bob, 'd', 'e', 'f')
  await bob.next('message', 6)
  await fail()
  await ann.next('message', 6)
  expect(story(ann)).toEqual(['1 a', '2 b', '3 c', 'reset to 0', '1 d', '2 e', '3 f'])
  expect(ann.of('reset')).toEqual(bob.of('reset'))
  await hub.close({ windowMs: 0 })
})
