/** The hub's race detector: the same acts under thousands of orders of turns, answers of the log and awaits. */
import { createHub, memoryLog, type MessageLog, type Scheduler, secret, systemClock } from '@hubbub/hub'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Room } from '../src/room.ts'
import { Peer } from './support/peer.ts'

const RUNS = Number(process.env['RUNS'] ?? 300)

type Act = { readonly kind: 'publish' | 'retry' | 'rejoin' | 'cut' | 'say' }
const act = fc.record<Act>({
  kind: fc.constantFrom('publish', 'publish', 'publish', 'retry', 'rejoin', 'cut', 'say'),
})
const scripts = fc.array(fc.array(act, { maxLength: 6 }), { minLength: 2, maxLength: 3 })

/** A scheduler of the hub whose turns come in the order that the explorer chooses. */
const turns = (s: fc.Scheduler): Scheduler => ({
  defer(task) {
    let wanted = true
    void s.schedule(Promise.resolve(), 'turn').then(() => {
      if (wanted) task()
    })
    return () => {
      wanted = false
    }
  },
})

/** A log that takes effect at the call, as its contract says, and answers when the explorer wants. */
function delayed(s: fc.Scheduler, inner: MessageLog): MessageLog {
  const answer = <T>(value: T, label: string) => s.schedule(Promise.resolve(value), label)
  return {
    ...inner,
    append: async (room, drafts) => answer(await inner.append(room, drafts), 'append'),
    read: async (room, range) => answer(await inner.read(room, range), 'read'),
  }
}

/** What one person saw of the room: fails at the first hole, repetition or message before its joined. */
class Witness {
  readonly seen: string[] = []
  last: { epoch: string; seq: number } | undefined
  read = 0

  look(peer: Peer): void {
    for (const frame of peer.frames.slice(this.read)) {
      this.read += 1
      if (frame.type === 'joined') {
        if (this.last && !frame.recovered) throw new Error(`not recovered: ${String(frame.reason)}`)
        for (const { seq, id } of frame.messages) this.#next(seq, id)
        this.last = { epoch: frame.epoch, seq: frame.seq }
      } else if (frame.type === 'message') {
        if (!this.last) throw new Error('a message came before joined')
        this.#next(frame.seq, frame.id)
        this.last = { ...this.last, seq: frame.seq }
      } else if (frame.type === 'reset') throw new Error('a reset, although the log never began anew')
    }
  }

  #next(seq: number, id: string): void {
    if (this.last && seq !== this.last.seq + 1) throw new Error(`${seq} came after ${this.last.seq}`)
    if (this.last) this.last = { ...this.last, seq }
    if (this.seen.includes(id)) throw new Error(`${id} was shown twice`)
    this.seen.push(id)
  }
}

async function play(s: fc.Scheduler, plan: readonly (readonly Act[])[], broken: boolean): Promise<void> {
  const inner = memoryLog({ clock: systemClock, secret })
  const scheduler = turns(s)
  const hub = createHub({ log: delayed(s, inner), scheduler, limits: { logMs: 1_000_000 } })
  hub.use(async (context, next) => {
    if (context.request.type !== 'publish') return next()
    const later = async () => {
      await s.schedule(Promise.resolve(), 'middleware')
      await next()
    }
    if (broken) return context.detach(later())
    return later()
  })
  let bots = 0
  const people = plan.map(async (acts, index) => {
    const name = `user-${index}`
    const witness = new Witness()
    let peer = new Peer(hub, { scheduler })
    let sent = 0
    // What was first published here: an ack goes to the connection that asked, be it gone by then.
    let own = new Set<string>()
    const enter = () => {
      const after = witness.last ? { after: witness.last } : { last: 0 }
      peer.send({ type: 'hello', id: 'h', name }, { type: 'join', id: 'j', room: 'general', ...after })
      return peer.until(() => peer.of('joined').at(-1) ?? peer.of('error').at(-1))
    }
    const publish = (id: string) => {
      peer.send({ type: 'publish', id, room: 'general', text: id })
    }
    await enter()
    for (const { kind } of acts) {
      witness.look(peer)
      if (kind === 'publish') {
        sent += 1
        own.add(`${name}-${sent}`)
        publish(`${name}-${sent}`)
      } else if (kind === 'retry') {
        if (sent > 0) publish(`${name}-${sent}`)
      } else if (kind === 'rejoin') {
        peer.send({ type: 'leave', id: 'l', room: 'general' })
        await peer.next('left', peer.of('left').length + 1)
        witness.look(peer)
        const before = peer.of('joined').length
        peer.send({ type: 'join', id: 'j', room: 'general', after: witness.last })
        await peer.next('joined', before + 1)
      } else if (kind === 'say')
        void hub.post({
          room: 'general',
          id: `bot-${(bots += 1)}`,
          text: 'x',
          author: { id: 'bot:b', name: 'b', kind: 'bot' },
        })
      else {
        peer.close(1000)
        await peer.end()
        witness.look(peer)
        witness.read = 0
        own = new Set()
        peer = new Peer(hub, { scheduler })
        await enter()
      }
    }
    return { peer, witness, own }
  })
  const done = await s.waitFor(Promise.all(people))
  await s.waitIdle()
  const { seq, messages } = await inner.read('general', { limit: 1_000 })
  expect(new Set(messages.map(({ id }) => id)).size).toBe(seq)
  for (const { peer, witness, own } of done) {
    witness.look(peer)
    expect(witness.last?.seq).toBe(seq)
    const order = messages.filter(({ id }) => own.has(id)).map(({ id }) => Number(id.split('-')[2]))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    for (const [index, frame] of peer.frames.entries()) {
      if (frame.type !== 'message' || !own.has(frame.id)) continue
      expect(peer.frames.slice(0, index)).toContainEqual(
        expect.objectContaining({ type: 'ack', id: frame.id }),
      )
    }
  }
  const closed = hub.close()
  await s.waitFor(closed)
}

const property = (broken = false) =>
  fc.asyncProperty(fc.scheduler(), scripts, (s, plan) => play(s, plan, broken))

describe('under every order of turns, awaits and answers', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('everybody sees every message once and in order, senders stay in line, and joins have no hole', async () => {
    await fc.assert(property(), { numRuns: RUNS })
  })

  it('catches a room that forgets what came while somebody joined', async () => {
    vi.spyOn(Room.prototype, 'release').mockImplementation(subscription => {
      subscription.pending = undefined
    })
    expect((await fc.check(property(), { numRuns: RUNS })).failed).toBe(true)
  })

  it('catches a publish that leaves the line before the log has it', async () => {
    expect((await fc.check(property(true), { numRuns: RUNS })).failed).toBe(true)
  })
})
