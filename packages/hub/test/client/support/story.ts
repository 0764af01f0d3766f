import { createClient, type Delivery } from '@hubbub/hub/client'
import { VirtualClock } from '@hubbub/hub/testing'
import fc from 'fast-check'
import { ModelServer } from './model-server.ts'
import { firstViolation } from './reader.ts'

/** What happens, in this order, each a while after the one before. */
const step = fc.record({
  act: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('post' as const, 'publish' as const) },
    { weight: 2, arbitrary: fc.constantFrom('cut' as const, 'slow' as const) },
    { weight: 1, arbitrary: fc.constantFrom('burst' as const, 'restart' as const) },
  ),
  after: fc.nat({ max: 400 }),
})

/** A network's moods, repeated for ever. */
const weather = fc.record({
  delays: fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 8 }),
  repeats: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  loses: fc.array(fc.boolean(), { maxLength: 5 }).map(list => list.concat(false)),
  log: fc
    .array(fc.constantFrom('up' as const, 'down' as const, 'landed' as const), { maxLength: 5 })
    .map(list => list.concat('up')),
})

function cycle<T>(values: readonly T[], fallback: T): () => T {
  let next = 0
  return () => values[next++ % values.length] ?? fallback
}

const inOrderOf = (texts: readonly string[]) => (a: string, b: string) => texts.indexOf(a) - texts.indexOf(b)

/**
 * Any number of cuts, delays, repeats, losses, restarts and outages between a client and a small server: what is
 * delivered is every message once and in order, or a hole is named; what is published lands once, in order.
 */
export const everyMessageOnceOrNamed = fc.asyncProperty(
  fc.array(step, { minLength: 1, maxLength: 30 }),
  weather,
  async (steps, { delays, repeats, loses, log }) => {
    const clock = new VirtualClock()
    const server = new ModelServer(clock, {
      delay: cycle(delays, 0),
      repeats: cycle(repeats, false),
      loses: cycle(loses, false),
      log: cycle(log, 'up'),
    })
    const client = createClient({
      url: 'model:',
      name: 'Ann',
      connect: server.connect,
      clock,
      random: () => 0.5,
    })
    const room = client.join('general')
    const deliveries: Delivery[] = []
    room.on('delivery', delivery => deliveries.push(delivery))
    const published: string[] = []
    const receipts: Promise<unknown>[] = []

    const publish = (): void => {
      const text = `mine ${published.length}`
      published.push(text)
      receipts.push(room.publish(text))
    }
    for (const { act, after } of steps) {
      if (act === 'post') server.post()
      else if (act === 'publish') publish()
      else if (act === 'cut') server.cut()
      else if (act === 'slow') server.cut(4408)
      else if (act === 'restart') server.restart()
      else for (let n = 0; n < 10; n += 1) server.post()
      await clock.advance(after)
    }

    // Then the weather clears. A session whose `welcome` was lost keeps the name from us until its grace is over;
    // and one message that arrives shows the client what it has missed.
    await clock.advance(180_000)
    server.cut()
    await clock.advance(60_000)
    await Promise.all(receipts)
    const closed = client.close()
    await clock.advance(2_000)
    await closed

    const broken = firstViolation(deliveries)
    if (broken) throw new Error(`a hole that nobody named: ${broken}`)
    const last = deliveries.findLast(({ kind }) => kind !== 'skipped')
    const at = last?.kind === 'message' ? last.message.seq : last?.kind === 'reset' ? last.seq : 0
    if (at !== server.log.length) throw new Error(`the reader is at ${at}, the log at ${server.log.length}`)
    const mine = server.appended.filter(text => text.startsWith('mine'))
    // What was under way together with one that found no log has landed before it.
    if (server.outages > 0) mine.sort(inOrderOf(published))
    if (mine.join() !== published.join())
      throw new Error(`published ${published.join()}, landed ${mine.join()}`)
    if (clock.pending > 0) throw new Error(`${clock.pending} timers are left`)
  },
)
