import { createHub, type Hub, HubError, type Middleware } from '@hubbub/hub'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'
import { virtualHub } from './support/virtual-hub.ts'

/** All that is answered to a join of a room that does not exist, in order. */
async function answersOf(hub: Hub, ...chain: readonly Middleware[]): Promise<object[]> {
  for (const middleware of chain) hub.use(middleware)
  const peer = new Peer(hub)
  peer.send({ type: 'hello', id: 'h', name: 'Ann' }, { type: 'join', id: 'j', room: 'nowhere' })
  await peer.answer('j')
  // Whatever else there is to come, also of a promise that nobody has taken care of, comes before this.
  await new Promise(setImmediate)
  peer.send({ type: 'ping', id: 'p' })
  await peer.next('pong')
  return peer.frames.filter(({ type }) => type !== 'welcome' && type !== 'pong')
}

const REFUSED = { type: 'error', id: 'j', code: 'not-found' }

// Who called `next` and did not wait had every refusal of the hub end as an unhandled rejection, which ends the
// process, and the client was told nothing; where the rest took its time, `internal` came before the answer.
it.each<[string, Middleware]>([
  ['does not wait', (_context, next) => void next()],
  [
    'goes on after a while and does not wait',
    async (_context, next) => {
      await Promise.resolve()
      void next()
    },
  ],
  ['swallows what it is told', (_context, next) => next().catch(() => {})],
])('gives the answer of the hub where a middleware %s', async (_what, middleware) => {
  await using hub = createHub({ rooms: ['general'] })
  const slow: Middleware = async (_context, next) => {
    await new Promise(setImmediate)
    await next()
  }
  expect(await answersOf(hub, middleware, slow)).toMatchObject([REFUSED])
})

it('lets a middleware say it in its own words', async () => {
  await using hub = createHub({ rooms: ['general'] })
  const answers = await answersOf(hub, (_context, next) =>
    next().catch(() => {
      throw new HubError('forbidden', 'not for you')
    }),
  )
  expect(answers).toMatchObject([{ type: 'error', id: 'j', code: 'forbidden', message: 'not for you' }])
})

it('answers once, and tells the operator of what goes wrong behind the answer', async () => {
  const errors: unknown[] = []
  await using hub = createHub({ onError: error => errors.push(error) })
  const late = new Error('thrown behind the answer')
  const answers = await answersOf(hub, (_context, next) => {
    void next()
    throw late
  })
  expect(answers).toMatchObject([{ type: 'joined', id: 'j' }, { type: 'presence' }])
  expect(errors).toEqual([late])
})

it('carries a request out once, however often a middleware goes on', async () => {
  const errors: unknown[] = []
  await using hub = createHub({ onError: error => errors.push(error) })
  const answers = await answersOf(hub, (_context, next) => {
    void next()
    void next()
  })
  expect(answers).toMatchObject([{ type: 'joined', id: 'j' }, { type: 'presence' }])
  expect(errors).toMatchObject([{ message: expect.stringContaining('twice') }])
})

// An `onError` that threw was an unhandled rejection too, and the session's line waited for its answer for ever.
it.each<[string, () => void]>([
  [
    'throws',
    () => {
      throw new Error('the logger is broken')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the logger is broken'))],
])('goes on where the one who is told of errors %s', async (_what, onError) => {
  await using hub = createHub({ onError })
  const answers = await answersOf(hub, () => {
    throw new TypeError('a bug')
  })
  expect(answers).toMatchObject([{ type: 'error', id: 'j', code: 'internal' }])
})

it('is told until when the sender of a publish waits, from when the frame came', async () => {
  await using setup = virtualHub()
  const { hub, clock } = setup
  const left: unknown[] = []
  const paused = Promise.withResolvers<void>()
  hub.use(async ({ request }, next) => {
    const over = Promise.withResolvers<void>()
    if (request.type !== 'publish' || request.id !== 'slow') over.resolve()
    else {
      clock.setTimer(over.resolve, 5_000)
      paused.resolve()
    }
    await over.promise
    await next()
  })
  hub.use(({ request, deadline }, next) => {
    left.push(`${request.type} ${deadline === undefined ? deadline : deadline - clock.now()}`)
    return next()
  })
  const peer = new Peer(hub)
  await peer.enter('Ann')
  const publish = { type: 'publish', room: 'general', text: 'hello' }
  peer.send({ ...publish, id: 'old' }, { ...publish, id: 'new', budgetMs: 1 })
  // What is no command is posted, whatever is left of somebody's patience.
  expect(await peer.answer('old')).toMatchObject({ type: 'ack' })
  expect(await peer.answer('new')).toMatchObject({ type: 'ack' })
  // The second one waits in the line while the first one is with the middleware.
  peer.send({ ...publish, id: 'slow', budgetMs: 30_000 }, { ...publish, id: 'behind', budgetMs: 20_000 })
  await paused.promise
  await new Promise(setImmediate)
  await clock.advance(5_000)
  expect(await peer.answer('slow')).toMatchObject({ type: 'ack' })
  expect(await peer.answer('behind')).toMatchObject({ type: 'ack' })
  const counted = ['publish 1', 'publish 25000', 'publish 15000']
  expect(left).toEqual(['join undefined', 'publish undefined', ...counted])
})
