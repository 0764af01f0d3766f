/** What a hub knows of the sessions that began before it did. */
import { createHub, type Hub, type HubOptions, memoryLog, type MessageLog, secret } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'
import { Peer } from './support/peer.ts'

const GRACE_MS = 120_000
const authenticate: HubOptions['authenticate'] = ({ token = '' }) => ({ id: token, name: token })

/** Hubs that follow each other on one log, like the processes of one server. */
function server(options: HubOptions = {}) {
  const clock = new VirtualClock()
  const memory = memoryLog({ clock, secret, messagesPerRoom: 20_000 })
  const log: MessageLog = { ...memory, durable: true }
  const start = () => createHub({ clock, log, ...options })
  let hub = start()
  return {
    clock,
    memory,
    log,
    current: () => hub,
    async restart() {
      await hub.close({ windowMs: 0 })
      await clock.advance(10)
      hub = start()
      return hub
    },
    [Symbol.asyncDispose]: () => hub.close({ windowMs: 0 }),
  }
}

async function hello(hub: Hub, token: string, session?: string) {
  const peer = new Peer(hub)
  peer.send({ type: 'hello', id: 'h', token, name: token, ...(session !== undefined && { session }) })
  return { peer, answer: await peer.answer('h') }
}

/** Begins a session that can be asked for later. */
async function begin(hub: Hub, token: string): Promise<string> {
  const { peer, answer } = await hello(hub, token)
  if (answer.type !== 'welcome') throw new Error(`hello was answered with ${answer.type}`)
  peer.close(1006)
  await peer.end()
  return answer.session
}

async function expectRevoked(hub: Hub, token: string, session: string) {
  const { peer, answer } = await hello(hub, token, session)
  expect(answer).toMatchObject({ type: 'error', code: 'forbidden', field: 'session' })
  await expect(peer.end()).resolves.toMatchObject({ code: 4403 })
}

// Nobody read what `revoke` had written: a hub that had just begun let a revoked session in as if nothing had been.
it.each([
  ['guest', 'a session', {}],
  ['guest', 'a user', {}],
  ['somebody who was authenticated', 'a session', { authenticate }],
  ['somebody who was authenticated', 'a user', { authenticate }],
])('refuses what was revoked before it began: %s, %s', async (who, what, options) => {
  await using setup = server(options)
  const session = await begin(setup.current(), 'ann')
  const other = await begin(setup.current(), 'bob')
  const user = who === 'guest' ? 'guest:ann' : 'ann'
  await setup.current().revoke(what === 'a user' ? { user } : { session })
  const hub = await setup.restart()
  await expectRevoked(hub, 'ann', session)
  expect((await hello(hub, 'bob', other)).answer).toMatchObject({ type: 'welcome', resumed: false })
  // Whether she may begin anew is for `authenticate` to say.
  expect((await hello(hub, 'ann')).answer).toMatchObject({ type: 'welcome' })
})

it('lets somebody back in whose session began after the revocation', async () => {
  await using setup = server({ authenticate })
  const before = await begin(setup.current(), 'ann')
  await setup.current().revoke({ user: 'ann' })
  await setup.clock.advance(10)
  const after = await begin(setup.current(), 'ann')
  const hub = await setup.restart()
  expect((await hello(hub, 'ann', after)).answer).toMatchObject({ type: 'welcome', resumed: false })
  await expectRevoked(hub, 'ann', before)
})

it('refuses what is revoked after it began as well', async () => {
  await using setup = server({ authenticate })
  const [ann, bob] = [await begin(setup.current(), 'ann'), await begin(setup.current(), 'bob')]
  const hub = await setup.restart()
  await hub.revoke({ user: 'ann' })
  await hub.revoke({ session: bob })
  await expectRevoked(hub, 'ann', ann)
  await expectRevoked(hub, 'bob', bob)
})

it('forgets what was revoked when its sessions would have been over anyway', async () => {
  await using setup = server()
  const session = await begin(setup.current(), 'ann')
  await setup.current().revoke({ session })
  const hub = await setup.restart()
  await setup.clock.advance(GRACE_MS)
  expect((await hello(hub, 'ann', session)).answer).toMatchObject({ type: 'welcome', resumed: false })
})

it('reads back over the grace, however much was revoked since', async () => {
  await using setup = server({ authenticate })
  const session = await begin(setup.current(), 'ann')
  await setup.current().revoke({ session: 'long ago' })
  await setup.clock.advance(2 * GRACE_MS)
  await setup.current().revoke({ session })
  for (let n = 0; n < 450; n += 1) await setup.current().revoke({ session: `${n}` })
  const read: number[] = []
  const { memory } = setup
  setup.log.read = (room, range) => {
    const page = memory.read(room, range)
    if (room === '$control' && 'messages' in page) read.push(...page.messages.map(({ seq }) => seq))
    return page
  }
  const hub = await setup.restart()
  await expectRevoked(hub, 'ann', session)
  await expectRevoked(hub, 'ann', session)
  expect(read).toHaveLength(452)
})

it('refuses to resume while it cannot know, and goes on asking the log', async () => {
  await using setup = server({ authenticate, limits: { logMs: 1_000 } })
  const { clock, log, memory } = setup
  const [ann, bob] = [await begin(setup.current(), 'ann'), await begin(setup.current(), 'bob')]
  await setup.current().revoke({ session: ann })
  log.read = () => Promise.reject(new Error('the disk is gone'))
  const hub = await setup.restart()
  expect((await hello(hub, 'bob', bob)).answer).toMatchObject({ type: 'error', code: 'unavailable' })
  expect((await hello(hub, 'cid')).answer).toMatchObject({ type: 'welcome' })
  const asked = Promise.withResolvers<void>()
  log.read = () => {
    asked.resolve()
    return new Promise(() => {})
  }
  const answers = [hello(hub, 'bob', bob), hello(hub, 'ann', ann)]
  await asked.promise
  await new Promise(setImmediate)
  await clock.advance(1_000)
  for (const { answer } of await Promise.all(answers)) expect(answer).toMatchObject({ code: 'unavailable' })
  log.read = (room, range) => memory.read(room, range)
  await expectRevoked(hub, 'ann', ann)
  expect((await hello(hub, 'bob', bob)).answer).toMatchObject({ type: 'welcome', resumed: false })
})

it('refuses to resume where more was revoked than it keeps in mind', async () => {
  await using setup = server({ authenticate })
  const { clock, memory } = setup
  const session = await begin(setup.current(), 'ann')
  const author = { id: 'hub', name: 'hub', kind: 'bot' as const }
  const texts = Array.from({ length: 10_000 }, (_, n) => JSON.stringify({ revoke: { session: `${n}` } }))
  for (const [id, text] of texts.entries()) await memory.append('$control', [{ id: `${id}`, author, text }])
  await memory.append('$control', [{ id: 'last', author, text: 'not a revocation' }])
  const hub = await setup.restart()
  expect((await hello(hub, 'ann', session)).answer).toMatchObject({ type: 'error', code: 'unavailable' })
  await clock.advance(GRACE_MS)
  expect((await hello(hub, 'ann', session)).answer).toMatchObject({ type: 'welcome', resumed: false })
})
