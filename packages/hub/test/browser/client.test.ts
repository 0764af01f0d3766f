/** The client SDK in a real browser, against a real server: what the platform does otherwise than Node shows here. */
import { createHub, memoryLog, secret, systemClock } from '@hubbub/hub'
import { listen } from '@hubbub/hub/ws'
import { chromium } from 'playwright-core'
import { afterAll, expect, it } from 'vitest'
import { freePort } from '../../../../.config/services/ports.ts'
import { shared } from '../../../../.config/services/shared.ts'
import { through, wire } from '../../../../.config/services/wire.ts'
import { Peer } from '../support/peer.ts'
import { openSite } from './support/site.ts'
import { Tab } from './support/tab.ts'

const browser = await chromium.connectOverCDP(await shared('chromium'))
const site = await openSite()
const origins = [site.origin]
/** Every wait is half of this, because all chance is 0.5. */
const backoff = { minMs: 100, maxMs: 100 }

afterAll(async () => {
  await browser.close()
  await site[Symbol.asyncDispose]()
})

/** A hub behind a wire that can be cut, with Bob in the room. */
async function start() {
  const hub = createHub({ limits: { presenceGraceMs: 600_000 } })
  const server = await listen(hub, { port: 0, origins })
  const line = await wire(server.url)
  const bob = new Peer(hub)
  await bob.enter('Bob')
  let published = 0
  return {
    hub,
    line,
    bob,
    url: through(server.url, line),
    /** Bob writes; resolves when all of it is in the log. */
    async write(...texts: readonly string[]) {
      const ids = texts.map(() => `bob-${(published += 1)}`)
      bob.send(...texts.map((text, index) => ({ type: 'publish', id: ids[index], room: 'general', text })))
      for (const id of ids) expect(await bob.answer(id)).toMatchObject({ type: 'ack' })
    },
    async [Symbol.asyncDispose]() {
      await hub.close({ windowMs: 0 })
      await line.stop()
    },
  }
}

it('chats from its sources as they are, without anything that only Node has', async () => {
  await using hub = await start()
  await using ann = await Tab.enter(browser, site.origin, { url: hub.url, name: 'Ann' })
  await hub.bob.next('presence')
  await hub.write('one', 'two')
  expect(await ann.ask('publish', 'three')).toMatchObject({ kind: 'message', seq: 3 })
  await hub.write('four')
  await ann.message('four')
  expect(ann.lines).toEqual(['one', 'two', 'three', 'four'])
  expect(ann.states.map(({ status }) => status)).toEqual(['connecting', 'online'])
  expect(ann.complaints).toEqual([])
  for (const path of site.served)
    expect(path).toMatch(/^\/src\/(?:client\/|protocol\/|(?:bytes|clock)\.ts$)|page\.ts$/)
  for (const address of ann.requests) expect(new URL(address).origin).toBe(site.origin)
})

it('sees who is there and who is writing, and is seen', async () => {
  await using hub = await start()
  await using ann = await Tab.enter(browser, site.origin, { url: hub.url, name: 'Ann' })
  await using eve = await Tab.enter(browser, site.origin, { url: hub.url, name: 'Eve' })
  for (const tab of [ann, eve])
    await tab.until(() =>
      tab.sights.find(
        sight => sight.kind === 'presence' && sight.names.toSorted().join(' ') === 'Ann Bob Eve',
      ),
    )
  hub.bob.send({ type: 'typing', room: 'general' })
  await ann.until(() => ann.sights.find(sight => sight.kind === 'typing' && sight.user === 'Bob'))
  await ann.ask('typing')
  await eve.until(() => eve.sights.find(sight => sight.kind === 'typing' && sight.user === 'Ann'))
  expect(await hub.bob.next('typing')).toMatchObject({ user: { id: 'guest:ann' } })
})

it('is refused where its origin is not allowed: it says that it failed, tries again, and never gets in', async () => {
  await using hub = createHub()
  const server = await listen(hub, { port: 0, origins: ['https://chat.example'] })
  await using ann = await Tab.enter(browser, site.origin, { url: server.url, name: 'Ann', backoff })
  // A browser hides from a page why a handshake failed, and tells only whoever looks at its console.
  expect(await ann.status('waiting')).toEqual({
    status: 'waiting',
    attempt: 2,
    retryInMs: 50,
    reason: 'the connection failed',
  })
  expect(await ann.status('waiting', 2)).toMatchObject({ attempt: 3 })
  expect(ann.states.map(({ status }) => status)).not.toContain('online')
  expect(ann.complaints.join()).toContain('403')
  expect(hub.stats().sessions).toBe(0)
  await ann.ask('close')
  expect(await ann.status('closed')).toMatchObject({ code: 1000 })
})

it('finds back after a cut: what others wrote comes once and in order, what it wrote goes out once', async () => {
  await using hub = await start()
  await using ann = await Tab.enter(browser, site.origin, { url: hub.url, name: 'Ann', backoff })
  await ann.ask('publish', 'before')
  const { session } = await ann.status('online')
  hub.line.cut()
  await ann.status('waiting')
  const texts = Array.from({ length: 40 }, (_, index) => `missed ${index + 1}`)
  const kept = ann.ask('publish', 'kept')
  await hub.write(...texts)
  await ann.status('waiting', 3)
  hub.line.mend()
  expect(await ann.status('online', 2)).toMatchObject({ session, resumed: true })
  expect(await kept).toMatchObject({ seq: 42 })
  await hub.write('after')
  await ann.message('after')
  expect(ann.lines).toEqual(['before', ...texts, 'kept', 'after'])
  const statuses = ann.states.map(({ status }) => status)
  expect(statuses.slice(0, 3)).toEqual(['connecting', 'online', 'waiting'])
  expect(statuses.slice(-3)).toEqual(['waiting', 'connecting', 'online'])
  await hub.bob.until(() => hub.bob.of('message').find(({ text }) => text === 'after'))
  expect(hub.bob.of('message').map(({ text }) => text)).toEqual(ann.lines)
})

it('asks again for an answer that was lost with the connection, and is in the room once', async () => {
  await using hub = await start()
  await using ann = await Tab.enter(browser, site.origin, { url: hub.url, name: 'Ann', backoff })
  await ann.status('online')
  hub.line.onAnswer = bytes => {
    if (!bytes.includes('"ack"')) return
    hub.line.onAnswer = undefined
    hub.line.drop()
  }
  expect(await ann.ask('publish', 'hello')).toMatchObject({ seq: 1 })
  await hub.write('after')
  await ann.message('after')
  expect(ann.lines).toEqual(['hello', 'after'])
  expect(ann.states.map(({ status }) => status)).toEqual([
    'connecting',
    'online',
    'waiting',
    'connecting',
    'online',
  ])
})

it('is told that the server stops, and comes back to the next one within the time that is meant for that', async () => {
  const log = memoryLog({ clock: systemClock, secret })
  const [port = 0] = await freePort(1)
  await using first = createHub({ log })
  const { url } = await listen(first, { port, origins })
  const slow = { minMs: 1_000, maxMs: 1_000 }
  await using ann = await Tab.enter(browser, site.origin, { url, name: 'Ann', backoff: slow })
  await ann.ask('publish', 'before')
  const { session } = await ann.status('online')
  await first.close({ windowMs: 0 })
  expect(first.explain(session)?.incidents.at(-1)).toMatchObject({ what: 'closed', code: 1012 })
  // Half of the 500 ms that follow a drain, and not of the second that follows anything else.
  expect(await ann.status('waiting')).toMatchObject({ retryInMs: 250, reason: 'the server is stopping' })
  await using second = createHub({ log })
  await listen(second, { port, origins })
  await ann.status('online', 2)
  expect(await ann.ask('publish', 'after')).toMatchObject({ seq: 2 })
  await ann.message('after')
  expect(ann.lines).toEqual(['before', 'after'])
})

it('says goodbye with 1000 when it is closed, and is gone from the room at once', async () => {
  await using hub = await start()
  await using ann = await Tab.enter(browser, site.origin, { url: hub.url, name: 'Ann' })
  const { session } = await ann.status('online')
  await hub.bob.next('presence')
  await ann.ask('close')
  // The hub would show somebody whose connection broke for ten minutes.
  const gone = await hub.bob.until(() => hub.bob.of('presence').find(({ left }) => left.length > 0))
  expect(gone).toMatchObject({ left: [{ id: 'guest:ann' }], count: 1 })
  expect(hub.hub.explain(session)?.incidents.at(-1)).toMatchObject({ code: 1000, byPeer: true })
  expect(await ann.status('closed')).toEqual({
    status: 'closed',
    code: 1000,
    reason: 'the client was closed',
  })
})

it("hands a handler's error to the page, and goes on", async () => {
  await using hub = await start()
  const options = { url: hub.url, name: 'Ann', throwsAt: 'one' }
  await using ann = await Tab.enter(browser, site.origin, options)
  await hub.write('one', 'two')
  await ann.message('two')
  expect(ann.lines).toEqual(['one', 'two'])
  expect(ann.sights.filter(({ kind }) => kind === 'error')).toEqual([
    { kind: 'error', message: 'Uncaught Error: the handler threw' },
  ])
})
