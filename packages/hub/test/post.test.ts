import { createHub, HubError } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'

const author = { id: 'bot:b', name: 'b', kind: 'bot' } as const
const good = { room: 'general', id: 'm', author, text: 'hi' }

// A bot's message went to the log as it was: one that was larger than an outbox ended every connection that came to
// the room, and one to the room of the revocations ended a user's sessions.
it.each([
  ['a text that is too long', { text: 'z'.repeat(4_001) }, 'too-large', 'text'],
  ['a text of white space', { text: ' \n' }, 'bad-request', 'text'],
  ['a text with U+0000', { text: 'a\0b' }, 'bad-request', 'text'],
  ['a text with half a character', { text: 'a\ud800b' }, 'bad-request', 'text'],
  ['a text that is none', { text: 7 }, 'bad-request', 'text'],
  ["the hub's own room", { room: '$control' }, 'bad-request', 'room'],
  ['a room that cannot be', { room: 'no such room' }, 'bad-request', 'room'],
  ['an id that is too long', { id: 'a'.repeat(65) }, 'bad-request', 'id'],
  ['a replyTo that is no id', { replyTo: '' }, 'bad-request', 'replyTo'],
  ['a name that hides something', { author: { ...author, name: 'a\u200b' } }, 'bad-request', 'author.name'],
  ['a name that is too long', { author: { ...author, name: 'b'.repeat(33) } }, 'bad-request', 'author.name'],
  [
    'an author id without end',
    { author: { ...author, id: 'b'.repeat(1_000_000) } },
    'bad-request',
    'author.id',
  ],
  ['no author', { author: undefined }, 'bad-request', 'author'],
  ['a user for an author', { author: { ...author, kind: 'user' } }, 'forbidden', 'author'],
])('refuses to post %s', async (_, wrong, code, field) => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const posted = hub.post(Object.assign({}, good, wrong))
  await expect(posted).rejects.toBeInstanceOf(HubError)
  await expect(posted).rejects.toMatchObject({ code, field })
  expect(hub.stats().appended).toBe(0)
  expect(ann.closed).toBeUndefined()
})

it('shows the longest post to everybody, and of its author what a client knows', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const text = '\u{1f600}'.repeat(4_000)
  const extra = { secret: 'x'.repeat(1_000_000) }
  const long = { ...author, ...extra, id: 'b'.repeat(256), name: '  long   name ' }
  await hub.post(Object.assign({}, good, extra, { text, author: long, replyTo: 'c' }))
  const { seq, at: _, ...message } = await ann.next('message')
  expect(message).toEqual({
    type: 'message',
    room: 'general',
    id: 'm',
    text,
    author: { id: 'b'.repeat(256), name: 'long name', kind: 'bot' },
    replyTo: 'c',
  })
  const joined = await new Peer(hub).enter('Bob')
  expect(joined.messages[0]).toMatchObject({ seq, author: message.author })
})
