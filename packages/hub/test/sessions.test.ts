import { createHub, HubError } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'
import { virtualHub } from './support/virtual-hub.ts'

it('gives a session back to the one who has its secret, and says so', async () => {
  await using hub = createHub()
  const first = new Peer(hub)
  await first.enter('Ann')
  const [{ session } = { session: '' }] = first.of('welcome')
  first.close(1006)
  await first.end()
  const second = new Peer(hub)
  second.send({ type: 'hello', id: 'h', session, name: 'Ann' })
  expect(await second.next('welcome')).toMatchObject({ session, resumed: true, user: { id: 'guest:ann' } })
})

it('welcomes somebody with an unknown session as if it were absent', async () => {
  await using hub = createHub()
  const peer = new Peer(hub)
  peer.send({ type: 'hello', id: 'h', session: 'gone', name: 'Ann' })
  expect(await peer.next('welcome')).toMatchObject({ resumed: false, user: { name: 'Ann' } })
})

it('lets the newest connection have the session; the older one gets 4409', async () => {
  await using hub = createHub()
  const old = new Peer(hub)
  await old.enter('Ann')
  const [{ session } = { session: '' }] = old.of('welcome')
  const young = new Peer(hub)
  young.send({ type: 'hello', id: 'h', session })
  await young.next('welcome')
  await expect(old.end()).resolves.toMatchObject({ code: 4409 })
  young.send({ type: 'ping', id: 'p' })
  await young.next('pong')
  expect(hub.stats()).toMatchObject({ sessions: 1, identities: 1 })
})

// Who was decided about last had the session: a half-open connection whose `authenticate` took longer took it from
// the one with which the client had come back meanwhile, and the client gave up at its 4409.
it('lets the newest connection have the session when an older one is decided about later', async () => {
  const gates = new Map<string, PromiseWithResolvers<void>>()
  await using hub = createHub({
    authenticate: async ({ token = '' }) => {
      await gates.get(token)?.promise
      return { id: 'u1', name: 'Ann' }
    },
  })
  const first = new Peer(hub)
  first.send({ type: 'hello', id: 'h', token: 'at once' })
  const { session } = await first.next('welcome')
  first.close(1006)
  await first.end()
  gates.set('slow', Promise.withResolvers())
  const [old, young] = [new Peer(hub), new Peer(hub)]
  old.send({ type: 'hello', id: 'h', token: 'slow', session })
  young.send({ type: 'hello', id: 'h', token: 'at once', session })
  expect(await young.next('welcome')).toMatchObject({ resumed: true })
  gates.get('slow')?.resolve()
  await expect(old.end()).resolves.toMatchObject({ code: 4409 })
  expect(old.frames).toEqual([])
  young.send({ type: 'ping', id: 'p' })
  await young.next('pong')
})

it('keeps a guest name for its session until the grace has passed', async () => {
  await using setup = virtualHub()
  const { hub, clock } = setup
  const ann = new Peer(hub)
  await ann.enter('Ann')
  ann.close(1006)
  await ann.end()
  const other = new Peer(hub)
  other.send({ type: 'hello', id: '1', name: 'aNN' })
  expect(await other.answer('1')).toMatchObject({ type: 'error', code: 'forbidden', field: 'name' })
  await clock.advance(120_000)
  const third = new Peer(hub)
  third.send({ type: 'hello', id: '2', name: 'aNN' })
  expect(await third.next('welcome')).toMatchObject({ user: { id: 'guest:ann', name: 'aNN' } })
})

it('frees name, session and presence at once when the client says goodbye with 1000', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  const bob = new Peer(hub)
  await bob.enter('Bob')
  await ann.enter('Ann')
  ann.close(1000)
  await bob.until(() => bob.of('presence').find(({ left }) => left.length > 0))
  const again = new Peer(hub)
  await again.enter('Ann')
  expect(again.of('welcome')).toMatchObject([{ resumed: false }])
})

it('shows somebody whose connection broke until the presence grace has passed', async () => {
  await using setup = virtualHub()
  const { hub, clock } = setup
  const ann = new Peer(hub)
  const bob = new Peer(hub)
  await bob.enter('Bob')
  await ann.enter('Ann')
  await bob.next('presence')
  ann.close(1006)
  await ann.end()
  await clock.advance(9_999)
  bob.send({ type: 'join', id: 'again', room: 'general' })
  expect(await bob.answer('again')).toMatchObject({ count: 2 })
  await clock.advance(1)
  const gone = await bob.until(() => bob.of('presence').find(({ left }) => left.length > 0))
  expect(gone).toMatchObject({ left: [{ id: 'guest:ann' }], count: 1 })
})

it('counts people, not connections', async () => {
  await using hub = createHub({ authenticate: ({ token = '' }) => ({ id: token, name: token }) })
  const peers = [new Peer(hub), new Peer(hub)]
  for (const peer of peers)
    peer.send({ type: 'hello', id: 'h', token: 'ann' }, { type: 'join', id: 'j', room: 'general' })
  for (const peer of peers) expect(await peer.next('joined')).toMatchObject({ count: 1 })
})

it('reserves the names of bots', async () => {
  await using hub = createHub()
  const peer = new Peer(hub)
  peer.send({ type: 'hello', id: 'h', name: 'Stock-Bot' })
  expect(await peer.answer('h')).toMatchObject({ code: 'forbidden', field: 'name' })
})

it('lets a refused hello be repeated on the same connection', async () => {
  await using hub = createHub()
  const peer = new Peer(hub)
  peer.send(
    { type: 'hello', id: '1', name: '' },
    { type: 'join', id: '2', room: 'general' },
    { type: 'hello', id: '3', name: 'Ann' },
  )
  expect(await peer.answer('1')).toMatchObject({ code: 'bad-request', field: 'name' })
  expect(await peer.answer('2')).toMatchObject({ code: 'unauthenticated' })
  expect(await peer.answer('3')).toMatchObject({ type: 'welcome' })
})

it('refuses a second hello', async () => {
  await using hub = createHub()
  const peer = new Peer(hub)
  await peer.enter('Ann')
  peer.send({ type: 'hello', id: '2', name: 'Bea' })
  expect(await peer.answer('2')).toMatchObject({
    code: 'bad-request',
    message: expect.stringContaining('already'),
  })
})

it('closes a connection without welcome after 10 s with 4401', async () => {
  await using setup = virtualHub()
  const { hub, clock } = setup
  const peer = new Peer(hub)
  peer.send({ type: 'join', id: 'j', room: 'general' })
  await peer.answer('j')
  await clock.advance(10_000)
  await expect(peer.end()).resolves.toMatchObject({ code: 4401 })
})

it('asks authenticate again on resume: a session alone does not let anybody in', async () => {
  const valid = new Map([['t1', { id: 'u1', name: 'Ann' }]])
  await using hub = createHub({ authenticate: ({ token = '' }) => valid.get(token) })
  const first = new Peer(hub)
  first.send({ type: 'hello', id: 'h', token: 't1' })
  const { session } = await first.next('welcome')
  const thief = new Peer(hub)
  thief.send({ type: 'hello', id: 'h', session })
  expect(await thief.answer('h')).toMatchObject({ code: 'unauthenticated' })
  valid.set('t2', { id: 'u2', name: 'Bob' })
  const other = new Peer(hub)
  other.send({ type: 'hello', id: 'h', session, token: 't2' })
  expect(await other.next('welcome')).toMatchObject({ resumed: false, user: { id: 'u2' } })
})

it('ends a session once, whatever ends it, and sends nothing behind the end', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  for (let n = 0; n < 20; n += 1) ann.send('{')
  await expect(ann.end()).resolves.toMatchObject({ code: 4400 })
  const count = ann.frames.length
  await hub.post({
    room: 'general',
    id: 'b',
    text: 'late',
    author: { id: 'bot:x', name: 'x', kind: 'bot' },
  })
  expect(ann.frames).toHaveLength(count)
  expect(hub.stats().sessions).toBe(0)
})

it('leaves no timer behind', async () => {
  const { hub, clock } = virtualHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const bob = new Peer(hub)
  await bob.enter('Bob')
  bob.close(1006)
  await bob.end()
  await Promise.all([hub.close({ windowMs: 0 }), hub.close()])
  await expect(ann.end()).resolves.toMatchObject({ code: 1012 })
  expect(clock.pending).toBe(0)
})

it.each([
  ['a user', (_session: string) => ({ user: 'guest:ann' })],
  ['a session', (session: string) => ({ session })],
])(
  'ends the connection of %s that was revoked with 4403, and refuses to resume it',
  async (_what, target) => {
    await using hub = createHub()
    const [ann, bob] = [new Peer(hub), new Peer(hub)]
    await ann.enter('Ann')
    await bob.enter('Bob')
    const { session } = await ann.next('welcome')
    await hub.revoke(target(session))
    await expect(ann.end()).resolves.toMatchObject({ code: 4403 })
    const again = new Peer(hub)
    again.send({ type: 'hello', id: 'h', session, name: 'Ann' })
    expect(await again.answer('h')).toMatchObject({ type: 'error', code: 'forbidden', field: 'session' })
    await expect(again.end()).resolves.toMatchObject({ code: 4403 })
    expect(bob.closed).toBeUndefined()
  },
)

it('refuses a revoked session that was only waiting to be resumed', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const { session } = await ann.next('welcome')
  ann.close(1006)
  await ann.end()
  await hub.revoke({ user: 'guest:ann' })
  const again = new Peer(hub)
  again.send({ type: 'hello', id: 'h', session })
  await expect(again.end()).resolves.toMatchObject({ code: 4403 })
})

it('lets no client name the room in which revocations are kept', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  await hub.revoke({ user: 'nobody' })
  ann.send({ type: 'join', id: 'x', room: '$control' }, { type: 'rooms', id: 'r' })
  expect(await ann.answer('x')).toMatchObject({ code: 'bad-request', field: 'room' })
  expect((await ann.next('rooms')).rooms.map(({ name }) => name)).toEqual(['general'])
})

/** A hub that is asked to authenticate Ann, and answers when the test opens the gate. */
async function authenticating() {
  const gate = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  const hub = createHub({
    authenticate: async () => {
      asked.resolve()
      await gate.promise
      return { id: 'u1', name: 'Ann' }
    },
  })
  const ann = new Peer(hub)
  ann.send({ type: 'hello', id: 'h', token: 't' })
  await asked.promise
  return { ann, gate, hub, [Symbol.asyncDispose]: () => hub.close() }
}

it('lets nobody in whose revocation came while they were authenticated', async () => {
  await using setup = await authenticating()
  const { ann, gate, hub } = setup
  await hub.revoke({ user: 'u1' })
  gate.resolve()
  await expect(ann.end()).resolves.toMatchObject({ code: 4403 })
})

it('lets nothing through that a middleware still has in hand when its author is revoked', async () => {
  const [gate, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const errors: unknown[] = []
  const passed: string[] = []
  await using hub = createHub({ onError: error => errors.push(error) })
  hub.use(async ({ request }, next) => {
    if (request.type === 'publish') {
      asked.resolve()
      await gate.promise
    }
    await next()
  })
  hub.use(({ request }, next) => {
    passed.push(request.type)
    return next()
  })
  const [ann, bob] = [new Peer(hub), new Peer(hub)]
  await ann.enter('Ann')
  await bob.enter('Bob')
  ann.send({ type: 'publish', id: 'm', room: 'general', text: 'too late' })
  await asked.promise
  await hub.revoke({ user: 'guest:ann' })
  gate.resolve()
  bob.send({ type: 'history', id: 'all', room: 'general' })
  expect(await bob.answer('all')).toMatchObject({ messages: [] })
  expect(passed).toEqual(['join', 'join', 'history'])
  expect(errors).toEqual([])
})

// Only the newest 1,000 revocations are known to a hello that waits: more of them pushed out the one that was meant.
it('lets nobody in of whom it is not known any more whether they were revoked', async () => {
  await using setup = await authenticating()
  const { ann, gate, hub } = setup
  await hub.revoke({ user: 'u1' })
  for (let n = 0; n < 1_000; n += 1) await hub.revoke({ session: `${n}` })
  gate.resolve()
  expect(await ann.answer('h')).toMatchObject({ type: 'error', code: 'unavailable' })
})

it('lets the word of authenticate stand: an identity provider that is down is no wrong token', async () => {
  await using hub = createHub({
    authenticate: () => Promise.reject(new HubError('unavailable', 'sign-in is down; try again')),
  })
  const ann = new Peer(hub)
  ann.send({ type: 'hello', id: 'h', token: 't' })
  expect(await ann.answer('h')).toMatchObject({ code: 'unavailable', message: 'sign-in is down; try again' })
})

it('keeps the grace of a session whose user said goodbye on another', async () => {
  await using setup = virtualHub({ authenticate: ({ token = '' }) => ({ id: token, name: token }) })
  const { hub, clock } = setup
  const [phone, laptop, bob] = [new Peer(hub), new Peer(hub), new Peer(hub)]
  for (const [peer, token] of [[phone, 'Ann'] as const, [laptop, 'Ann'] as const, [bob, 'Bob'] as const])
    peer.send({ type: 'hello', id: 'h', token }, { type: 'join', id: 'j', room: 'general' })
  await Promise.all([phone, laptop, bob].map(peer => peer.next('joined')))
  phone.close(1006)
  await phone.end()
  laptop.close(1000)
  await laptop.end()
  await clock.advance(9_999)
  bob.send({ type: 'join', id: 'again', room: 'general' })
  expect(await bob.answer('again')).toMatchObject({ count: 2 })
  await clock.advance(1)
  const gone = await bob.until(() => bob.of('presence').find(({ left }) => left.length > 0))
  expect(gone).toMatchObject({ left: [{ id: 'Ann' }], count: 1 })
})
