import assert from 'node:assert/strict'
import { bot, draft, type LogCase, numbers, user } from './log-probe.ts'

/** What the minutes are that an id must be known for. */
const DEDUPE_MS = 600_000

/** Order: calls, numbers, times. */
export const orderCases: readonly LogCase[] = [
  {
    name: 'numbers a room from 1, without a hole',
    async run(probe) {
      const first = await probe.append(draft(), draft())
      const second = await probe.append(draft())
      assert.deepEqual(
        [...first, ...second].map(({ seq, duplicate }) => [seq, duplicate]),
        [1, 2, 3].map(seq => [seq, false]),
      )
    },
  },
  {
    name: 'applies and answers the calls of a room in the order of the calls',
    async run(probe) {
      const answers: number[] = []
      const calls = numbers(1, 50).map(async n => {
        const appended = await probe.append(draft({ text: `${n}` }))
        answers.push(...appended.map(({ seq }) => seq))
      })
      await Promise.all(calls)
      assert.deepEqual(answers, numbers(1, 50))
      const messages = await probe.all()
      assert.deepEqual(
        messages.map(({ seq, text }) => [seq, text]),
        numbers(1, 50).map(n => [n, `${n}`]),
      )
    },
  },
  {
    name: 'counts every room by itself',
    async run({ log, room }) {
      const rooms = numbers(1, 5).map(n => `${room}-${n}`)
      const calls = numbers(1, 4).flatMap(() => rooms.map(async name => log.append(name, [draft()])))
      const answers = await Promise.all(calls)
      const given = answers.map(([appended]) => appended?.seq)
      assert.deepEqual(
        given,
        numbers(1, 4).flatMap(n => rooms.map(() => n)),
      )
    },
  },
  {
    name: 'answers an append of nothing with nothing',
    async run(probe) {
      assert.deepEqual(await probe.append(), [])
      assert.equal((await probe.read({ limit: 1 })).seq, 0)
    },
  },
  {
    name: 'takes its times from the clock, and never goes back with it',
    async run(probe) {
      const start = probe.clock.now()
      const times = [start, start + 5_000, start - 60_000, start + 5_001]
      const answers: number[] = []
      for (const time of times) {
        probe.clock.setWallClock(time)
        answers.push(...(await probe.append(draft())).map(({ at }) => at))
      }
      assert.deepEqual(answers, [start, start + 5_000, start + 5_000, start + 5_001])
      const messages = await probe.all()
      assert.deepEqual(
        messages.map(({ at }) => at),
        answers,
      )
    },
  },
]

/** What is the same message, and for how long. */
export const dedupeCases: readonly LogCase[] = [
  {
    name: 'answers a repeat with the place and time of the first, and gives it no number',
    async run(probe) {
      const again = draft({ text: 'first' })
      const [first] = await probe.append(again)
      await probe.append(draft())
      await probe.clock.advance(1_000)
      assert.deepEqual(await probe.append({ ...again, text: 'other' }), [{ ...first, duplicate: true }])
      const [next] = await probe.append(draft())
      assert.equal(next?.seq, 3)
      const [kept] = await probe.all()
      assert.equal(kept?.text, 'first')
    },
  },
  {
    name: 'lets one of several equal appends land: the one that was called first',
    async run(probe) {
      const same = draft()
      const answers = await Promise.all(numbers(1, 10).map(async () => probe.append(same)))
      assert.deepEqual(
        answers.flat().map(({ seq, duplicate }) => [seq, duplicate]),
        numbers(1, 10).map(n => [1, n > 1]),
      )
      assert.deepEqual(
        (await probe.append(same, draft(), same)).map(({ seq }) => seq),
        [1, 2, 1],
      )
    },
  },
  {
    name: 'knows a message by room, author and id together',
    async run(probe) {
      const id = 'one'
      await probe.append(draft({ id }))
      const [other] = await probe.append(draft({ id, author: user('bea') }))
      const [elsewhere] = await probe.log.append(`${probe.room}-2`, [draft({ id })])
      const [asBot] = await probe.append(draft({ id, author: bot('ann') }))
      assert.deepEqual(
        [other, elsewhere, asBot].map(appended => appended?.duplicate),
        [false, false, false],
      )
    },
  },
  {
    name: 'does not take one author and id for another where they only read alike',
    async run(probe) {
      const pairs = [
        ['a', 'b c'],
        ['a b', 'c'],
        ['', 'bot c'],
        ['bot', 'c'],
        ['b', "c'"],
        ['B', 'c'],
        ['b', 'C'],
      ] as const
      const drafts = pairs.map(([author, id]) => draft({ id, author: user(author) }))
      const answers = await probe.append(...drafts, draft({ id: 'c', author: bot('b') }))
      assert.deepEqual(
        answers.map(({ seq }) => seq),
        numbers(1, pairs.length + 1),
      )
    },
  },
  {
    name: 'takes all bots for one author',
    async run(probe) {
      await probe.append(draft({ id: 're:1', author: bot('stock-bot') }))
      const [other] = await probe.append(draft({ id: 're:1', author: bot('hub') }))
      assert.deepEqual([other?.seq, other?.duplicate], [1, true])
    },
  },
  {
    name: 'knows an id for 10 minutes although its message is gone',
    needs: 'retention',
    messagesPerRoom: 3,
    async run(probe) {
      const early = draft()
      await probe.append(early)
      await probe.fill(20)
      await probe.clock.advance(DEDUPE_MS - 1)
      await probe.fill(20)
      const [again] = await probe.append(early)
      assert.deepEqual([again?.seq, again?.duplicate], [1, true])
    },
  },
  {
    name: 'knows the id of a kept message for ever',
    messagesPerRoom: 1_000,
    async run(probe) {
      const early = draft()
      await probe.append(early)
      await probe.clock.advance(5 * DEDUPE_MS)
      await probe.append(draft())
      const [again] = await probe.append(early)
      assert.deepEqual([again?.seq, again?.duplicate], [1, true])
    },
  },
]
