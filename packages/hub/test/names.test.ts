import { createHub } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'

it.each(['Ann\ufe0f', 'Ann\u034f', 'A\u{e0100}nn', '\u2800', 'Ann\u2800', '\u0301', 'a\nb', '\u200bAnn', ''])(
  'refuses a name that only looks like another, or like none: %j',
  async name => {
    await using hub = createHub()
    const peer = new Peer(hub)
    peer.send({ type: 'hello', id: 'h', name })
    expect(await peer.answer('h')).toMatchObject({ code: 'bad-request', field: 'name' })
  },
)

// White space was cut off before the name was looked at, and a line break and a byte order mark are white space.
it.each(['Ann\n', '\r\nAnn', 'Ann\t', '\ufeffAnn', 'Ann\ufeff', 'Ann\u2028', '\u2029Ann', 'Ann\v'])(
  'refuses what is no space at the end of a name as well: %j',
  async name => {
    await using hub = createHub()
    const peer = new Peer(hub)
    peer.send({ type: 'hello', id: 'h', name })
    expect(await peer.answer('h')).toMatchObject({ code: 'bad-request', field: 'name' })
  },
)

it('leaves out the spaces around a name, and all but one inside it', async () => {
  await using hub = createHub()
  const peer = new Peer(hub)
  peer.send({ type: 'hello', id: 'h', name: '  Ann \u00a0 Lee ' })
  expect(await peer.next('welcome')).toMatchObject({ user: { id: 'guest:ann lee', name: 'Ann Lee' } })
})

// Composed before it was in lower case and not after: J with a caron has no letter of its own, j with one has.
it.each([
  ['J\u030cim', '\u01f0im'],
  ['W\u030aim', '\u1e98im'],
  ['Zoe\u0308', 'ZO\u00cb'],
])('takes %j and %j for one name', async (one, other) => {
  await using hub = createHub()
  const [first, second] = [new Peer(hub), new Peer(hub)]
  await first.enter(one)
  second.send({ type: 'hello', id: 'h', name: other })
  expect(await second.answer('h')).toMatchObject({ code: 'forbidden', field: 'name' })
})

// What `authenticate` gave was shown as it was: a name could break lines, turn them round or have any length, and
// whatever else the hook knew of somebody was told with it, to the whole room where they were writing.
it.each(['a\nb', 'Ann\u202e', 'x'.repeat(33), '', undefined])(
  'lets nobody in to whom authenticate gives a name like %j, and says so to the operator',
  async name => {
    const errors: unknown[] = []
    await using hub = createHub({
      authenticate: () => ({ id: 'u1', name: name as string }),
      onError: error => errors.push(error),
    })
    const peer = new Peer(hub)
    peer.send({ type: 'hello', id: 'h', token: 't' })
    expect(await peer.answer('h')).toMatchObject({ code: 'internal' })
    expect(errors).toEqual([
      expect.objectContaining({ message: expect.stringContaining('authenticate gives must be') }),
    ])
  },
)

it('tells of what authenticate gives only id and name, and cleans the name', async () => {
  const account = { id: 'u1', name: ' Ann  Lee', email: 'ann@example.org' }
  await using hub = createHub({ authenticate: () => account })
  const [ann, bob] = [new Peer(hub), new Peer(hub)]
  for (const peer of [ann, bob]) {
    peer.send({ type: 'hello', id: 'h', token: 't' }, { type: 'join', id: 'j', room: 'general' })
    await peer.next('joined')
  }
  ann.send({ type: 'typing', room: 'general' })
  const user = { id: 'u1', name: 'Ann Lee' }
  expect(ann.of('welcome')[0]?.user).toEqual(user)
  expect((await bob.next('typing')).user).toEqual(user)
})

// A session that came back kept the name with which it had begun, although `authenticate` gave another.
it('shows somebody who comes back under the name that authenticate gives by then', async () => {
  let name = 'Ann'
  await using hub = createHub({ authenticate: () => ({ id: 'u1', name }) })
  const first = new Peer(hub)
  first.send({ type: 'hello', id: 'h', token: 't' })
  const { session } = await first.next('welcome')
  name = 'Bea'
  const second = new Peer(hub)
  second.send({ type: 'hello', id: 'h', token: 't', session }, { type: 'join', id: 'j', room: 'general' })
  expect(await second.next('welcome')).toMatchObject({ resumed: true, user: { id: 'u1', name: 'Bea' } })
  second.send({ type: 'publish', id: 'm', room: 'general', text: 'hello' })
  expect(await second.next('message')).toMatchObject({ author: { id: 'u1', name: 'Bea' } })
})

// Who was still shown from before, because of a grace or of another connection, stayed there under the old name.
it('tells those who are in a room of the new name of somebody in it', async () => {
  const names = new Map([['bob', 'Bob']])
  await using hub = createHub({
    authenticate: ({ token = '' }) => ({ id: token, name: names.get(token) ?? 'Ann' }),
  })
  const [ann, before, after] = [new Peer(hub), new Peer(hub), new Peer(hub)]
  const enter = async (peer: Peer, token: string) => {
    peer.send({ type: 'hello', id: 'h', token }, { type: 'join', id: 'j', room: 'general' })
    await peer.next('joined')
  }
  await enter(ann, 'ann')
  await enter(before, 'bob')
  names.set('bob', 'Robert')
  await enter(after, 'bob')
  const told = await ann.until(() => ann.of('presence').find(({ joined }) => joined[0]?.name === 'Robert'))
  expect(told).toMatchObject({ joined: [{ id: 'bob', name: 'Robert' }], left: [], count: 2 })
})
