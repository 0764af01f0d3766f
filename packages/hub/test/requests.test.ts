import { createHub, HubError } from '@hubbub/hub'
import { describe, expect, it } from 'vitest'
import { Peer } from './support/peer.ts'
import { virtualHub } from './support/virtual-hub.ts'

const text = (length: number) => 'x'.repeat(length)

describe('what a client sends wrong is answered with a code, the field and the accepted form', () => {
  const cases: readonly [string, object | string, object][] = [
    ['not JSON', 'hello?', { code: 'bad-request', message: expect.stringContaining('not JSON') }],
    ['not an object', '[1]', { code: 'bad-request', message: expect.stringContaining('an array') }],
    ['an unknown type', { type: 'shout', id: 'x' }, { id: 'x', code: 'bad-request', field: 'type' }],
    ['no type', { id: 'x' }, { id: 'x', code: 'bad-request', field: 'type' }],
    ['no id', { type: 'join', room: 'general' }, { code: 'bad-request', field: 'id' }],
    ['an id of 65 characters', { type: 'rooms', id: text(65) }, { code: 'bad-request', field: 'id' }],
    ['a room with a space', { type: 'join', id: 'x', room: 'a b' }, { id: 'x', field: 'room' }],
    ['a reserved room', { type: 'join', id: 'x', room: '$control' }, { id: 'x', field: 'room' }],
    [
      'a room that is not joined',
      { type: 'publish', id: 'x', room: 'other', text: 'a' },
      { id: 'x', code: 'not-joined', field: 'room' },
    ],
    [
      'an empty text',
      { type: 'publish', id: 'x', room: 'general', text: '' },
      { code: 'bad-request', field: 'text' },
    ],
    ['white space', { type: 'publish', id: 'x', room: 'general', text: ' \n\t ' }, { field: 'text' }],
    [
      '4,001 characters',
      { type: 'publish', id: 'x', room: 'general', text: text(4_001) },
      { id: 'x', code: 'too-large', field: 'text', message: expect.stringContaining('4000') },
    ],
    [
      'U+0000',
      { type: 'publish', id: 'x', room: 'general', text: 'a\0b' },
      { code: 'bad-request', field: 'text' },
    ],
    [
      'a lone surrogate',
      '{"type":"publish","id":"x","room":"general","text":"a\\ud800b"}',
      { code: 'bad-request', field: 'text' },
    ],
    ['a page of 201', { type: 'history', id: 'x', room: 'general', limit: 201 }, { field: 'limit' }],
    ['a page of 0', { type: 'history', id: 'x', room: 'general', limit: 0 }, { field: 'limit' }],
    [
      'a negative seq',
      { type: 'join', id: 'x', room: 'general', after: { epoch: 'e', seq: -1 } },
      { field: 'after.seq' },
    ],
    ...[0, -1, 1.5, 30_001, '5000', null, true, {}].map((budgetMs): [string, object, object] => [
      `a budget of ${JSON.stringify(budgetMs)}`,
      { type: 'publish', id: 'x', room: 'general', text: '/stock', budgetMs },
      {
        id: 'x',
        code: 'bad-request',
        field: 'budgetMs',
        message: expect.stringContaining('budgetMs must be an integer from 1 to 30000, got'),
      },
    ]),
    ['no epoch', { type: 'join', id: 'x', room: 'general', after: { seq: 1 } }, { field: 'after.epoch' }],
  ]
  it.each(cases)('%s', async (_name, frame, expected) => {
    await using hub = createHub()
    const peer = new Peer(hub)
    await peer.enter('Ann')
    peer.send(frame)
    expect(await peer.next('error')).toMatchObject(expected)
  })
})

// Only malformed frames in a row were counted: a flood of unknown types was answered for ever, and so was one of
// rubbish with a `pong` at every twentieth place.
it.each([
  ['unknown types', (n: number) => ({ type: `shout-${n}` })],
  ['rubbish between pongs', (n: number) => (n % 19 === 0 ? { type: 'pong', id: 'p' } : 'rubbish')],
  ['requests with a wrong field', () => ({ type: 'join', id: 'x', room: 'a b' })],
])(
  'answers 100 frames that are not as the protocol says, and then closes with 4429: %s',
  async (_what, frame) => {
    await using setup = virtualHub()
    const peer = new Peer(setup.hub)
    await peer.enter('Ann')
    for (let n = 1; !peer.closed; n += 1) {
      peer.send(frame(n))
      await new Promise(setImmediate)
    }
    expect(peer.closed).toMatchObject({ code: 4429 })
    expect(peer.of('error')).toHaveLength(101)
  },
)

it('never minds a few frames that it does not know, as a newer client may send them', async () => {
  await using setup = virtualHub()
  const { hub, clock } = setup
  const peer = new Peer(hub)
  await peer.enter('Ann')
  const answered = async (count: number) => {
    for (let n = 0; n < count; n += 1) peer.send({ type: 'shout' })
    await peer.next('error', peer.of('error').length + count)
  }
  await answered(100)
  for (let second = 0; second < 100; second += 1) {
    await clock.advance(1_000)
    await answered(10)
  }
  expect(peer.closed).toBeUndefined()
})

it('counts characters, not code units: 4,000 emoji are a text', async () => {
  await using hub = createHub({ limits: { frameBytes: 64 * 1024 } })
  const peer = new Peer(hub)
  await peer.enter('Ann')
  peer.send({ type: 'publish', id: 'm', room: 'general', text: '😀'.repeat(4_000) })
  await peer.next('ack')
})

it('says which rooms there are where the operator listed them', async () => {
  await using hub = createHub({ rooms: ['general', 'ops'] })
  const peer = new Peer(hub)
  await peer.enter('Ann')
  peer.send({ type: 'join', id: 'x', room: 'nowhere' }, { type: 'rooms', id: 'r' })
  expect(await peer.next('error')).toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('general, ops'),
  })
  expect(await peer.next('rooms')).toMatchObject({
    rooms: [
      { name: 'general', count: 1 },
      { name: 'ops', count: 0 },
    ],
  })
})

it('pages back through history to the oldest message', async () => {
  await using hub = createHub()
  const peer = new Peer(hub)
  await peer.enter('Ann')
  for (let n = 1; n <= 60; n += 1) peer.send({ type: 'publish', id: `m${n}`, room: 'general', text: `${n}` })
  await peer.next('message', 60)
  peer.send(
    { type: 'history', id: 'a', room: 'general' },
    { type: 'history', id: 'b', room: 'general', before: 11 },
  )
  const [newest, oldest] = [await peer.next('history'), await peer.next('history', 2)]
  expect(newest.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, index) => index + 11))
  expect(newest.complete).toBe(false)
  expect(oldest.messages).toHaveLength(10)
  expect(oldest.complete).toBe(true)
})

it('tells the others that somebody is writing, at most every 3 s', async () => {
  await using hub = createHub()
  const [ann, bob] = [new Peer(hub), new Peer(hub)]
  await ann.enter('Ann')
  await bob.enter('Bob')
  ann.send(
    { type: 'typing', room: 'general' },
    { type: 'typing', room: 'general' },
    { type: 'ping', id: 'p' },
  )
  expect(await bob.next('typing')).toMatchObject({ user: { id: 'guest:ann', name: 'Ann' } })
  await ann.next('pong')
  await bob.send({ type: 'ping', id: 'p' }).next('pong')
  expect(bob.of('typing')).toHaveLength(1)
  expect(ann.of('typing')).toEqual([])
})

// It was answered before `welcome` and where a middleware refused it, and with any field `id` that it came with, be
// that an object: but it has no id, so its answer is the answer to something else for whoever matches by id.
it('answers typing with nothing, and does not take its unknown fields for an id', async () => {
  await using hub = createHub()
  hub.use(({ request }, next) => {
    if (request.type === 'typing') throw new HubError('rate-limited', 'too fast')
    return next()
  })
  const peer = new Peer(hub)
  peer.send({ type: 'typing', room: 'general', id: 'h' })
  await peer.enter('Ann')
  peer.send(
    { type: 'typing', room: 'general', id: { any: 'thing' } },
    { type: 'typing', room: 'a b', id: 'x' },
    { type: 'ping', id: 'p' },
  )
  await peer.next('pong')
  expect(peer.of('error')).toEqual([
    { type: 'error', code: 'bad-request', field: 'room', message: expect.any(String) },
  ])
})

it('lets a bot post, keeps its name from guests, and shows the same reply once', async () => {
  await using hub = createHub()
  const ann = new Peer(hub)
  await ann.enter('Ann')
  const reply = {
    room: 'general',
    id: 're:1',
    text: 'AAPL.US quote is $93.42 per share',
    replyTo: 'm1',
    author: { id: 'bot:quotes', name: 'quotes', kind: 'bot' as const },
  }
  expect(await hub.post(reply)).toMatchObject({ seq: 1, duplicate: false })
  expect(
    await hub.post({ ...reply, author: { ...reply.author, id: 'bot:other', name: 'other' } }),
  ).toMatchObject({
    seq: 1,
    duplicate: true,
  })
  expect(await ann.next('message')).toMatchObject({ replyTo: 'm1', author: { kind: 'bot' } })
  const guest = new Peer(hub)
  guest.send({ type: 'hello', id: 'h', name: 'Quotes' })
  expect(await guest.answer('h')).toMatchObject({ code: 'forbidden' })
})

it('answers for a middleware that forgets to answer, and hides what a broken one threw', async () => {
  const errors: unknown[] = []
  await using hub = createHub({ onError: error => errors.push(error) })
  hub.use(async ({ request }, next) => {
    if (request.type === 'rooms') return
    if (request.type === 'history') throw new TypeError('secret detail')
    await next()
  })
  const peer = new Peer(hub)
  await peer.enter('Ann')
  peer.send({ type: 'rooms', id: 'r' }, { type: 'history', id: 's', room: 'general' })
  expect(await peer.answer('r')).toMatchObject({ code: 'internal' })
  expect(await peer.answer('s')).toMatchObject({
    code: 'internal',
    message: expect.not.stringContaining('secret'),
  })
  expect(errors).toHaveLength(2)
})

it('shows nobody a room that they may not join', async () => {
  await using hub = createHub({ rooms: (room, user) => room !== 'secret' || user.name === 'Ann' })
  const [ann, eve] = [new Peer(hub), new Peer(hub)]
  await ann.enter('Ann', 'secret')
  await eve.enter('Eve')
  eve.send({ type: 'rooms', id: 'r' })
  expect((await eve.next('rooms')).rooms).toEqual([{ name: 'general', count: 1 }])
  ann.send({ type: 'rooms', id: 'r' })
  expect((await ann.next('rooms')).rooms.map(({ name }) => name)).toEqual(['general', 'secret'])
})

it('lists as many rooms as fit one page, those with the most people first', async () => {
  await using hub = createHub({ limits: { pageBytes: 60 } })
  const [ann, bob] = [new Peer(hub), new Peer(hub)]
  await ann.enter('Ann', 'a')
  await bob.enter('Bob', 'full')
  ann.send(
    { type: 'join', id: '1', room: 'full' },
    { type: 'join', id: '2', room: 'b' },
    { type: 'rooms', id: 'r' },
  )
  expect((await ann.next('rooms')).rooms).toEqual([
    { name: 'a', count: 1 },
    { name: 'full', count: 2 },
  ])
})
