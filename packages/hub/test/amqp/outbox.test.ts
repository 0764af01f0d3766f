import { describe, expect, it } from 'vitest'
import { Outbox } from '../../src/amqp/outbox.ts'
import { PublishRefused } from '../../src/amqp/outgoing.ts'
import { VirtualClock } from '../../src/testing/virtual-clock.ts'
import { messageTo } from './support.ts'

const clock = new VirtualClock()
const message = (id: string, bytes = 10, ms = 1_000) =>
  messageTo('q', { id, content: Buffer.alloc(bytes), deadline: clock.now() + ms })
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'confirmed',
    (error: PublishRefused) => error.code,
  )

describe('the outbox', () => {
  it('keeps the order, and forgets what was confirmed', async () => {
    const outbox = new Outbox(clock)
    const [a, b, c] = ['a', 'b', 'c'].map(id => outbox.add(message(id)))
    b?.confirm()
    expect(Array.from(outbox.unwritten(), ({ message }) => message.id)).toEqual(['a', 'c'])
    a?.confirm()
    c?.confirm()
    await Promise.all([a?.done, b?.done, c?.done, outbox.empty()])
    expect([outbox.size, outbox.bytes, clock.pending]).toEqual([0, 0, 0])
  })

  it('is full at its number of messages, and has room again when one leaves', () => {
    const outbox = new Outbox(clock, { messages: 2 })
    const first = outbox.add(message('a'))
    outbox.add(message('b')).done.catch(() => undefined)
    expect(() => outbox.add(message('c'))).toThrow(PublishRefused)
    first.confirm()
    outbox.add(message('c')).done.catch(() => undefined)
    expect(outbox.size).toBe(2)
  })

  it('is full at its number of bytes', () => {
    const outbox = new Outbox(clock, { bytes: 100 })
    outbox.add(message('a', 60)).done.catch(() => undefined)
    expect(() => outbox.add(message('b', 41))).toThrow('1 messages of 60 bytes wait for the broker already')
    outbox.add(message('c', 40)).done.catch(() => undefined)
    expect(outbox.bytes).toBe(100)
  })

  it('refuses a message at its deadline, and one whose deadline has passed', async () => {
    const outbox = new Outbox(clock)
    const soon = codeOf(outbox.add(message('soon', 1, 10)).done)
    const later = codeOf(outbox.add(message('later', 1, 20)).done)
    await clock.advance(10)
    expect([await soon, outbox.size]).toEqual(['deadline', 1])
    await clock.advance(10)
    expect([await later, outbox.size, outbox.bytes]).toEqual(['deadline', 0, 0])
    expect(() => outbox.add(message('late', 1, 0))).toThrow('past its deadline')
  })

  it('has everything unwritten again when the channel is gone, in the old order', () => {
    const outbox = new Outbox(clock)
    const [a, b] = ['a', 'b'].map(id => outbox.add(message(id)))
    for (const pending of [b, a]) {
      pending?.done.catch(() => undefined)
      if (pending) outbox.write(pending)
    }
    if (a) a.returned = true
    expect([...outbox.unwritten()]).toEqual([])
    outbox.unwrite()
    expect(Array.from(outbox.unwritten(), ({ message }) => message.id)).toEqual(['a', 'b'])
    expect(a?.returned).toBe(false)
  })

  it('settles a message once', async () => {
    const outbox = new Outbox(clock)
    const pending = outbox.add(message('a'))
    pending.confirm()
    pending.refuse('closed', 'too late')
    expect(await codeOf(pending.done)).toBe('confirmed')
  })

  it('refuses limits out of range', () => {
    expect(() => new Outbox(clock, { messages: 0 })).toThrow(
      'outbox.messages must be an integer from 1, got 0',
    )
    expect(() => new Outbox(clock, { bytes: 1.5 })).toThrow('outbox.bytes must be an integer from 1, got 1.5')
  })
})
