import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import { type BrokerCase, rejectionOf } from './broker-probe.ts'

/** What `send` and `onCommand` promise. */
export const commandCases: readonly BrokerCase[] = [
  {
    name: 'hands a command over as it was sent',
    async run(probe) {
      const { seen } = await probe.hold()
      const command = probe.command('ÄÖ 株\n"=;\u{1f600}', {
        room: 'Überraum_1',
        author: { id: 'guest:zoë', name: 'Zoë' },
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        tracestate: 'vendor=1',
      })
      await probe.send(command)
      await probe.until('the command came', () => seen.length === 1)
      deepEqual(seen[0]?.command, command)
      seen[0]?.finish()
    },
  },
  {
    name: 'refuses a command with no-bot at once when nobody listens',
    async run(probe) {
      const refused = rejectionOf(probe.hub.send(probe.command('')))
      equal(await probe.settled('the refusal came', refused), 'no-bot')
    },
  },
  {
    name: 'takes a command when a bot has started after a refusal',
    async run(probe) {
      equal(await rejectionOf(probe.hub.send(probe.command('early'))), 'no-bot')
      const { seen } = await probe.hold()
      await probe.send(probe.command('late'))
      await probe.until('the command came', () => seen.length > 0)
      equal(seen[0]?.command.args, 'late')
      seen[0]?.finish()
    },
  },
  {
    name: 'refuses with no-bot again once the last bot has stopped',
    async run(probe) {
      const { consumer } = await probe.hold()
      await consumer.stop()
      await probe.until('send is refused', async () => {
        const code = await rejectionOf(probe.hub.send(probe.command('')))
        return code === 'no-bot'
      })
    },
  },
  {
    name: 'refuses a command whose deadline has passed',
    async run(probe) {
      const { seen } = await probe.hold()
      const late = probe.command('late', { deadline: probe.harness.now() - 1 })
      equal(await probe.settled('the refusal came', rejectionOf(probe.hub.send(late))), 'unavailable')
      await probe.harness.passTime(100)
      deepEqual(seen, [])
    },
  },
  {
    name: 'gives each command to one of the competing bots, and work to all of them',
    async run(probe) {
      const first = await probe.hold(probe.name, 1)
      const second = await probe.hold(probe.name, 1)
      await probe.send(probe.command('a'))
      await probe.send(probe.command('b'))
      await probe.until('both have one', () => first.seen.length + second.seen.length === 2)
      equal(first.seen.length, 1)
      deepEqual([...first.seen, ...second.seen].map(({ command }) => command.args).toSorted(), ['a', 'b'])
      for (const each of [...first.seen, ...second.seen]) each.finish()
    },
  },
  {
    name: 'lets one name go on while another is busy',
    async run(probe) {
      const busy = await probe.hold(probe.name, 1)
      const free = await probe.hold(`${probe.name}-b`, 1)
      await probe.send(probe.command('1'))
      await probe.send(probe.command('2'))
      await probe.send(probe.command('3', { name: `${probe.name}-b` }))
      await probe.until('the other came', () => free.seen.length === 1 && busy.seen.length === 1)
      equal(free.seen[0]?.command.args, '3')
      free.seen[0]?.finish()
      busy.seen[0]?.finish()
    },
  },
  {
    name: 'has at most `prefetch` commands in hand, and the next when one is settled',
    async run(probe) {
      const { seen } = await probe.hold(probe.name, 2)
      for (const args of ['1', '2', '3', '4']) await probe.send(probe.command(args))
      await probe.until('two came', () => seen.length === 2)
      await probe.harness.passTime(100)
      equal(seen.length, 2)
      seen[1]?.finish()
      await probe.until('the third came', () => seen.length === 3)
      deepEqual(
        seen.map(({ command }) => command.args),
        ['1', '2', '3'],
      )
      for (const each of seen) each.finish()
    },
  },
  {
    name: 'gives a rejected command to a bot again, the same one',
    async run(probe) {
      const { seen } = await probe.hold()
      const { replies } = await probe.replies()
      const command = probe.command('again')
      await probe.send(command)
      await probe.until('it came', () => seen.length === 1)
      seen[0]?.reject()
      await probe.until('it came again', () => seen.length === 2)
      deepEqual(seen[1]?.command, command)
      seen[1]?.reply('done')
      await probe.until('the reply came', () => replies.length === 1)
    },
  },
  {
    name: 'gives a command up after 3 redeliveries, and goes on with the next',
    async run(probe) {
      const { seen } = await probe.hold(probe.name, 1)
      const poison = probe.command('poison')
      await probe.send(poison)
      for (let delivery = 1; delivery <= 4; delivery += 1) {
        await probe.until(`delivery ${delivery} came`, () => seen.length === delivery)
        seen[delivery - 1]?.reject()
      }
      await probe.send(probe.command('next'))
      await probe.until('the next came', () => seen.length === 5)
      equal(seen[4]?.command.args, 'next')
      seen[4]?.finish()
      await probe.until('it is a dead letter', async () => {
        const ids = await probe.harness.deadLetters?.(probe.name)
        return ids === undefined || ids.includes(poison.id)
      })
    },
  },
  {
    name: 'never delivers again what was settled',
    async run(probe) {
      const first = await probe.hold()
      const { replies } = await probe.replies()
      await probe.send(probe.command('with a reply'))
      await probe.send(probe.command('without'))
      await probe.until('both came', () => first.seen.length === 2)
      first.seen[0]?.reply('done')
      first.seen[1]?.finish()
      await probe.until('the reply came', () => replies.length === 1)
      await probe.settled('the consumer has stopped', first.consumer.stop())
      const second = await probe.hold()
      await probe.harness.passTime(300)
      deepEqual(second.seen, [])
      equal(replies.length, 1)
    },
  },
  {
    name: "aborts the signal at the command's deadline, and carries no reply after it",
    async run(probe) {
      const { seen } = await probe.hold()
      const { texts } = await probe.replies()
      const deadline = probe.harness.now() + 500
      await probe.send(probe.command('slow', { deadline }))
      await probe.until('it came', () => seen.length === 1)
      notEqual(seen[0]?.signal.aborted, true)
      await probe.until('the signal is aborted', () => seen[0]?.signal.aborted === true)
      ok(probe.harness.now() >= deadline, 'the signal aborted before the deadline')
      seen[0]?.reply('too late')
      await probe.send(probe.command('quick'))
      await probe.until('the next came', () => seen.length === 2)
      seen[1]?.reply('in time')
      await probe.until('its reply came', () => texts().includes('in time'))
      deepEqual(texts(), ['in time'])
    },
  },
  {
    name: 'tells a handler that asks late that the deadline has passed',
    async run(probe) {
      const { seen } = await probe.hold()
      const deadline = probe.harness.now() + 500
      await probe.send(probe.command('slow', { deadline }))
      await probe.until('it came', () => seen.length === 1)
      equal(seen[0]?.context.aborted ?? false, false)
      await probe.until('its time is over', () => probe.harness.now() > deadline)
      equal(seen[0]?.context.aborted ?? true, true)
      equal(seen[0]?.signal.aborted, true)
      seen[0]?.finish()
    },
  },
  {
    name: 'refuses a command for which too many wait, and delivers each that it took once',
    needs: 'full',
    async run(probe) {
      const limit = probe.harness.queueLimit ?? 0
      const first = await probe.hold(probe.name, 1)
      await probe.send(probe.command('first'))
      await probe.until('it came', () => first.seen.length === 1)
      const taken: string[] = []
      const codes = new Set<unknown>()
      // A broker may see a moment late that a queue is full; some hundred at a time find it out soon enough.
      for (let sent = 0; codes.size === 0 && sent < 2 * limit + 1_000; sent += 200) {
        const commands = Array.from({ length: 200 }, (_, index) => probe.command(String(sent + index)))
        const sending = commands.map(async command => {
          const code = await rejectionOf(probe.hub.send(command))
          if (code === 'resolved') taken.push(command.args)
          else codes.add(code)
        })
        await probe.settled('all are taken or refused', Promise.all(sending))
      }
      deepEqual([...codes], ['unavailable'])
      ok(taken.length >= limit, `it took ${taken.length} of ${limit}`)

      const stopping = first.consumer.stop()
      first.seen[0]?.finish()
      await probe.settled('the first bot has stopped', stopping)
      const delivered: string[] = []
      await probe.bot.onCommand(
        probe.name,
        async ({ args }) => {
          delivered.push(args)
          await Promise.resolve()
        },
        { prefetch: 200 },
      )
      await probe.until('all have come', () => delivered.length >= taken.length)
      deepEqual(delivered.toSorted(), taken.toSorted())
    },
  },
  {
    name: 'never delivers a command whose deadline has passed while it waited',
    async run(probe) {
      const { seen } = await probe.hold(probe.name, 1)
      await probe.send(probe.command('first'))
      await probe.until('the first came', () => seen.length === 1)
      await probe.send(probe.command('stale', { deadline: probe.harness.now() + 300 }))
      await probe.send(probe.command('fresh'))
      await probe.harness.passTime(600)
      seen[0]?.finish()
      await probe.until('the fresh one came', () => seen.length === 2)
      equal(seen[1]?.command.args, 'fresh')
      seen[1]?.finish()
    },
  },
]
