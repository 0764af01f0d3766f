import assert from 'node:assert/strict'
import { draft, type LogCase, numbers } from './log-probe.ts'

/** Epochs and positions. */
export const positionCases: readonly LogCase[] = [
  {
    name: 'settles the epoch of a room when it is first asked for, and keeps it',
    async run(probe) {
      const { log, room } = probe
      const { epoch, seq, oldest, messages } = await probe.read({ limit: 10 })
      assert.deepEqual({ seq, oldest, messages }, { seq: 0, oldest: 1, messages: [] })
      await probe.fill(2)
      const [position] = await log.positions([room])
      assert.deepEqual(position, { epoch, seq: 2 })
      assert.equal((await probe.read({ after: 1, limit: 1 })).epoch, epoch)
    },
  },
  {
    name: 'gives every room an epoch of its own, of 1 to 64 characters',
    async run({ log, room }) {
      const positions = await log.positions(numbers(1, 20).map(n => `${room}-${n}`))
      const epochs = positions.map(({ epoch }) => epoch)
      assert.equal(new Set(epochs).size, 20)
      for (const epoch of epochs) assert.ok(epoch.length >= 1 && epoch.length <= 64, epoch)
    },
  },
  {
    name: 'says with every append in which epoch it landed',
    async run(probe) {
      const { log, room } = probe
      const other = await log.append(`${room}-2`, [draft()])
      const again = draft()
      const answers = [...(await probe.append(again, draft())), ...(await probe.append(again))]
      const positions = await log.positions([room, room, room, `${room}-2`])
      assert.deepEqual(
        [...answers, ...other].map(({ epoch }) => epoch),
        positions.map(({ epoch }) => epoch),
      )
    },
  },
  {
    name: 'says with the first append when a room has begun anew',
    needs: 'renew',
    async run(probe) {
      const { log, room } = probe
      const rooms = [room, `${room}-2`]
      await log.append(room, [draft()])
      const before = await log.positions(rooms)
      await probe.renew()
      const answers = await Promise.all(rooms.map(async name => probe.log.append(name, [draft()])))
      const after = await probe.log.positions(rooms)
      assert.deepEqual(
        answers.map(([appended]) => appended?.epoch),
        after.map(({ epoch }) => epoch),
      )
      for (const [index, { epoch }] of after.entries()) assert.notEqual(epoch, before[index]?.epoch)
    },
  },
  {
    name: 'tells the positions of many rooms in the order of the question',
    async run({ log, room }) {
      const rooms = numbers(1, 100).map(n => `${room}-${n}`)
      for (const [i, name] of rooms.entries())
        if (i % 2 === 1)
          await log.append(
            name,
            numbers(1, i).map(() => draft()),
          )
      const asked = [...rooms.toReversed(), `${room}-1`, `${room}-2`]
      const positions = await log.positions(asked)
      const expected = asked.map(name => {
        const i = rooms.indexOf(name)
        return i % 2 === 1 ? i : 0
      })
      assert.deepEqual(
        positions.map(({ seq }) => seq),
        expected,
      )
      assert.equal(positions.at(-1)?.epoch, positions[98]?.epoch)
      assert.deepEqual(await log.positions([]), [])
    },
  },
  {
    name: 'takes room names as they are: letter case, dots and dashes count',
    async run({ log, room }) {
      const rooms = ['a', 'A', 'a.', 'a-', 'a_', '$control'].map(name => `${name}${room}`)
      for (const name of rooms) {
        const [appended] = await log.append(name, [draft()])
        assert.equal(appended?.seq, 1, name)
      }
    },
  },
]

/** What the log says of itself, its end, and what it leaves. */
export const lifeCases: readonly LogCase[] = [
  {
    name: "has an id of 1 to 64 letters, digits and '-'",
    run: ({ log }) => {
      assert.match(log.id, /^[A-Za-z0-9-]{1,64}$/)
      return Promise.resolve()
    },
  },
  {
    name: 'settles the appends in hand when it closes, and may be closed again',
    async run({ log, room }) {
      const calls = numbers(1, 5).map(async () => log.append(room, [draft()]))
      const settled = Promise.allSettled(calls)
      await Promise.all([log.close(), log.close()])
      await log.close()
      await settled
    },
  },
  {
    name: 'says that it is durable where it is',
    needs: 'reopen',
    run: ({ log }) => {
      assert.equal(log.durable, true)
      return Promise.resolve()
    },
  },
  {
    name: 'is the same log after a restart: id, epochs, positions, messages',
    needs: 'reopen',
    async run(probe) {
      const rooms = [probe.room, `${probe.room}-empty`]
      await probe.fill(30)
      const before = {
        id: probe.log.id,
        positions: await probe.log.positions(rooms),
        page: await probe.read({ limit: 100 }),
      }
      await probe.restart()
      const after = {
        id: probe.log.id,
        positions: await probe.log.positions(rooms),
        page: await probe.read({ limit: 100 }),
      }
      assert.deepEqual(after, before)
    },
  },
  {
    name: 'goes on after a restart: numbers, known ids, times',
    needs: 'reopen',
    async run(probe) {
      const again = draft()
      const [first] = await probe.append(again, draft())
      await probe.restart()
      probe.clock.setWallClock(probe.clock.now() - 60_000)
      const [repeat, next] = await probe.append(again, draft())
      assert.deepEqual(repeat, { ...first, duplicate: true })
      assert.deepEqual(next, { epoch: first?.epoch, seq: 3, at: first?.at, duplicate: false })
    },
  },
  {
    name: 'has after a close what was appended before it',
    needs: 'reopen',
    async run(probe) {
      const answers = numbers(1, 20).map(async () => probe.append(draft()))
      const settled = Promise.allSettled(answers)
      await probe.restart()
      const landed = (await settled).filter(({ status }) => status === 'fulfilled').length
      const { seq } = await probe.read({ limit: 0 })
      assert.ok(seq >= landed, `${landed} were answered, ${seq} are there`)
    },
  },
]
