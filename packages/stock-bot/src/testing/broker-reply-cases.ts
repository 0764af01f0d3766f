import { deepEqual, equal } from 'node:assert/strict'
import type { Reply } from '../broker/broker.ts'
import type { BrokerCase } from './broker-probe.ts'

/** What `onReply` promises. */
export const replyCases: readonly BrokerCase[] = [
  {
    name: 'carries a reply as it was given, to the log that it names',
    async run(probe) {
      const other = await probe.replies(`${probe.log}-b`)
      const { replies } = await probe.replies()
      const command = probe.command('')
      const reply: Reply = {
        ...probe.reply(command, 'AAPL.US quote is $93.42 per share\n株 \u{1f600}'),
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
        tracestate: 'vendor=1',
      }
      await probe.bot.onCommand(probe.name, () => Promise.resolve(reply))
      await probe.send(command)
      await probe.until('the reply came', () => replies.length === 1)
      deepEqual(replies[0], reply)
      deepEqual(other.replies, [])
    },
  },
  {
    name: 'gives each reply to one of the consumers of a log',
    async run(probe) {
      const first = await probe.replies(probe.log, true)
      const second = await probe.replies(probe.log, true)
      const { seen } = await probe.hold()
      for (const args of ['a', 'b', 'c', 'd']) await probe.send(probe.command(args))
      await probe.until('all came', () => seen.length === 4)
      for (const each of seen) each.reply(each.command.args)
      await probe.until('all replies came', () => first.replies.length + second.replies.length >= 4)
      await probe.harness.passTime(100)
      deepEqual([...first.texts(), ...second.texts()].toSorted(), ['a', 'b', 'c', 'd'])
    },
  },
  {
    name: 'tries a reply again until it is taken, more often than a command',
    async run(probe) {
      let tries = 0
      await probe.hub.onReply({ id: probe.log, durable: false }, async () => {
        tries += 1
        await Promise.resolve()
        if (tries < 6) throw new Error('the log is unavailable')
      })
      const { seen } = await probe.hold()
      await probe.send(probe.command(''))
      await probe.until('it came', () => seen.length === 1)
      seen[0]?.reply('at last')
      await probe.until('the reply was taken', () => tries === 6)
      await probe.harness.passTime(2_000)
      equal(tries, 6)
      equal(seen.length, 1)
    },
  },
  {
    name: 'stops a consumer of replies whose log is unavailable, and gives the reply to the next',
    async run(probe) {
      let tries = 0
      const failing = await probe.hub.onReply({ id: probe.log, durable: true }, async () => {
        tries += 1
        await Promise.resolve()
        throw new Error('the log is unavailable')
      })
      const { seen } = await probe.hold()
      await probe.send(probe.command(''))
      await probe.until('it came', () => seen.length === 1)
      seen[0]?.reply('kept')
      await probe.until('it was tried', () => tries > 0)
      await probe.settled('the consumer has stopped', failing.stop())
      const { texts } = await probe.replies(probe.log, true)
      await probe.until('the next has it', () => texts().length === 1)
      deepEqual(texts(), ['kept'])
    },
  },
  {
    name: 'keeps replies for a durable log that nobody listens for at the moment',
    async run(probe) {
      const before = await probe.replies(probe.log, true)
      await before.consumer.stop()
      const { seen, consumer } = await probe.hold()
      await probe.send(probe.command(''))
      await probe.until('it came', () => seen.length === 1)
      seen[0]?.reply('kept')
      await probe.settled('the bot has stopped', consumer.stop())
      const after = await probe.replies(probe.log, true)
      await probe.until('the reply came', () => after.replies.length === 1)
      deepEqual(after.texts(), ['kept'])
      deepEqual(before.replies, [])
    },
  },
  {
    name: 'settles a command whose reply nobody can take any more',
    async run(probe) {
      const { seen } = await probe.hold()
      await probe.send(probe.command('', { replyTo: `${probe.log}-gone` }))
      await probe.until('it came', () => seen.length === 1)
      seen[0]?.reply('into the void')
      await probe.harness.passTime(500)
      equal(seen.length, 1)
      const letters = await probe.harness.deadLetters?.(probe.name)
      deepEqual(letters ?? [], [])
    },
  },
]
