import { deepEqual, equal } from 'node:assert/strict'
import { type BrokerCase, rejectionOf } from './broker-probe.ts'

/** What `announce`, `stop` and `close` promise. */
export const lifeCases: readonly BrokerCase[] = [
  {
    name: 'lists an announced command once, however many bots announce it',
    async run(probe) {
      const info = probe.info({ aliases: ['quote', 'q'], usage: '/q=Ü', description: 'Asks for 株.' })
      const first = await probe.bot.announce([info])
      const second = await probe.bot.announce([info])
      const listed = () => probe.hub.commands().filter(({ name }) => name === probe.name)
      await probe.until('it is listed', () => listed().length > 0)
      await probe.harness.passTime(100)
      deepEqual(listed(), [info])
      await first.stop()
      await first.stop()
      deepEqual(listed(), [info])
      await second.stop()
    },
  },
  {
    name: 'carries commands of a bot that announces nothing',
    async run(probe) {
      const { seen } = await probe.hold()
      await probe.send(probe.command('quiet'))
      await probe.until('it came', () => seen.length === 1)
      seen[0]?.finish()
    },
  },
  {
    name: 'stop() takes no more, and resolves when what is in hand is settled and its reply confirmed',
    async run(probe) {
      const { texts } = await probe.replies()
      const { seen, consumer } = await probe.hold(probe.name, 1)
      await probe.send(probe.command('in hand'))
      await probe.until('it came', () => seen.length === 1)
      await probe.send(probe.command('waiting'))
      let stopped = false
      const stopping = consumer.stop().then(() => {
        stopped = true
      })
      await probe.harness.passTime(200)
      equal(stopped, false)
      equal(seen[0]?.signal.aborted, false)
      seen[0]?.reply('finished')
      await probe.settled('the consumer has stopped', stopping)
      await probe.until('the reply came', () => texts().length === 1)
      await probe.harness.passTime(200)
      equal(seen.length, 1)
      await probe.settled('it is stopped still', consumer.stop())

      const next = await probe.hold()
      await probe.until('the next bot has what waited', () => next.seen.length === 1)
      equal(next.seen[0]?.command.args, 'waiting')
      next.seen[0]?.finish()
    },
  },
  {
    name: 'gives what a stopping bot gives back to another',
    async run(probe) {
      const leaving = await probe.hold()
      await probe.send(probe.command('handed on'))
      await probe.until('it came', () => leaving.seen.length === 1)
      const stopping = leaving.consumer.stop()
      leaving.seen[0]?.reject()
      await probe.settled('the bot has stopped', stopping)
      equal(leaving.seen.length, 1)
      const next = await probe.hold()
      await probe.until('the next bot has it', () => next.seen.length === 1)
      next.seen[0]?.finish()
    },
  },
  {
    name: 'gives what a crashed bot had in hand to another',
    needs: 'crash',
    async run(probe) {
      const { seen } = await probe.hold()
      await probe.send(probe.command('survivor'))
      await probe.until('it came', () => seen.length === 1)
      await probe.harness.crash?.()
      const taken: string[] = []
      await probe.hub.onCommand(probe.name, async ({ args }) => {
        taken.push(args)
        await Promise.resolve()
      })
      await probe.until('another has it', () => taken.length + seen.length > 1)
      deepEqual(new Set([...taken, ...seen.map(({ command }) => command.args)]), new Set(['survivor']))
    },
  },
  {
    name: 'says that its connection is up: `closed`, as a circuit is',
    async run(probe) {
      await probe.until(
        'both are connected',
        () => probe.hub.state === 'closed' && probe.bot.state === 'closed',
      )
    },
  },
  {
    name: 'close() aborts a handler that waits for nothing else, and is idempotent',
    async run(probe) {
      let aborted = false
      await probe.bot.onCommand(probe.name, async (_, { signal }) => {
        const ended = Promise.withResolvers<void>()
        signal.addEventListener('abort', () => ended.resolve(), { once: true })
        await ended.promise
        aborted = true
        throw signal.reason
      })
      await probe.send(probe.command('endless', { deadline: probe.harness.now() + 600_000 }))
      await probe.harness.passTime(200)
      const closed = Promise.all([probe.bot.close(), probe.bot.close()])
      await probe.settled('the broker has closed', closed)
      await probe.until('the handler was told', () => aborted)
      await probe.bot.close()
    },
  },
  {
    name: 'settles every call after close()',
    async run(probe) {
      const { consumer } = await probe.hold()
      await probe.settled('the broker has closed', Promise.all([probe.hub.close(), probe.bot.close()]))
      const late = probe.hub.send(probe.command(''))
      equal(await probe.settled('send has settled', rejectionOf(late)), 'unavailable')
      await probe.settled('the consumer has stopped', consumer.stop())
      const calls = [
        probe.bot.onCommand(probe.name, () => Promise.resolve()),
        probe.hub.onReply({ id: probe.log, durable: false }, () => Promise.resolve()),
        probe.bot.announce([probe.info()]),
      ].map(rejectionOf)
      for (const call of calls) await probe.settled('it has settled', call)
    },
  },
]
