import { createHub, type Hub, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'

const author = { id: 'bot:b', name: 'b', kind: 'bot' } as const
const post = (hub: Hub, room: string, id: string, text = id) => hub.post({ room, id, text, author })

/** What a peer was told of the order of a room. */
const story = (peer: Peer) =>
  peer.frames.flatMap(frame => {
    if (frame.type === 'message') return `${frame.seq} ${frame.id}`
    return frame.type === 'reset' ? `reset to ${frame.seq}` : []
  })

// An append's answer had a seq and no epoch. A room that nobody had written to was pushed out of memory while people
// were in it: its next message was taken for the first of the old epoch, and shown again behind a late reset.
it('tells of a new epoch before its first message, also where the room was empty', async () => {
  const log = memoryLog({ clock: systemClock, secret, bytes: 100_000 })
  await using hub = createHub({ log })
  const ann = new Peer(hub)
  const { epoch } = await ann.enter('Ann', 'quiet')
  for (let n = 1; n <= 20; n += 1) await post(hub, 'hot', `${n}`, 'x'.repeat(4_000))
  ann.send({ type: 'publish', id: 'once', room: 'quiet', text: 'x' })
  await ann.next('message')
  expect(story(ann)).toEqual(['reset to 0', '1 once'])
  expect(ann.of('reset')[0]?.epoch).not.toBe(epoch)
  const [position] = await log.positions(['quiet'])
  expect(ann.of('reset')[0]?.epoch).toBe(position?.epoch)
})

// The same where others have written to the new epoch exactly as much as this hub knew of the old one.
it('does not take the next seq of a new epoch for that of the old one', async () => {
  let inner = memoryLog({ clock: systemClock, secret })
  const log: MessageLog = {
    ...inner,
    append: (room, drafts) => inner.append(room, drafts),
    read: (room, range) => inner.read(room, range),
  }
  await using hub = createHub({ log })
  const ann = new Peer(hub)
  await ann.enter('Ann')
  for (const id of ['a', 'b']) await post(hub, 'general', id)
  await ann.next('message', 2)
  inner = memoryLog({ clock: systemClock, secret })
  for (const id of ['c', 'd']) await inner.append('general', [{ id, author, text: id }])
  await post(hub, 'general', 'e')
  await ann.next('message', 5)
  expect(story(ann)).toEqual(['1 a', '2 b', 'reset to 0', '1 c', '2 d', '3 e'])
})
