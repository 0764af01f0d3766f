import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { StoppedError } from '../src/index.ts'
import { make } from './line.ts'

describe('wait', () => {
  it('serves in the order of the calls, as the tokens come', async () => {
    const { log, wait, pass } = make()
    const all = [wait('a'), wait('b'), wait('c', { cost: 1 }), wait('d')]
    await pass(400)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '100 b served', '200 c served', '300 d served'])
  })

  it('cannot be overtaken by allow', async () => {
    const { limiter, log, wait, pass } = make()
    const all = [wait('a'), wait('b')]
    await pass(90)
    expect(limiter.allow('k')).toBe(false)
    await pass(10)
    expect(limiter.allow('k')).toBe(false)
    await pass(100)
    expect(limiter.allow('k')).toBe(true)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '100 b served'])
  })

  it('refuses at once what cannot be served by the deadline', async () => {
    const { limiter, log, wait, pass } = make()
    const all = [wait('a'), wait('b'), wait('c', { deadlineMs: 199 }), wait('d', { deadlineMs: 200 })]
    await pass(200)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '0 c deadline', '100 b served', '200 d served'])
    const late = await limiter.wait('k', { deadlineMs: 50 })
    expect(late).toMatchObject({ ok: false, reason: 'deadline', retryAfterMs: 100 })
  })

  it('waits 30 s at most when nothing else is said', async () => {
    const { limiter } = make({ requestsPerSecond: 1 / 31 })
    limiter.allow('k')
    expect((await limiter.wait('k')).reason).toBe('deadline')
  })

  it('says never to a cost above the burst', async () => {
    const { limiter } = make()
    await expect(limiter.wait('k', { cost: 2 })).resolves.toMatchObject({ ok: false, reason: 'never' })
  })

  it('gives the tokens of an aborted wait to those behind it', async () => {
    const { limiter, clock, log, wait, pass } = make()
    const aborter = new AbortController()
    const all = [wait('a'), wait('b', { signal: aborter.signal }), wait('c'), wait('d')]
    await pass(50)
    aborter.abort()
    await pass(200)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '50 b AbortError', '100 c served', '200 d served'])
    expect(getEventListeners(aborter.signal, 'abort')).toEqual([])
    expect(limiter.stats().waiting).toBe(0)
    expect(clock.pending).toBe(1) // the sweep
  })

  it('rejects with the reason of a signal that was aborted before, and takes nothing', async () => {
    const { limiter } = make()
    const reason = new Error('changed my mind')
    await expect(limiter.wait('k', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(limiter.peek('k').remaining).toBe(1)
  })

  it('leaves no listener on the signal of a served wait', async () => {
    const { wait, pass } = make()
    const { signal } = new AbortController()
    const all = [wait('a'), wait('b', { signal })]
    await pass(100)
    await Promise.all(all)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('moves up when tokens are refunded or the key is reset', async () => {
    const { limiter, log, wait, pass } = make({ burst: 2 })
    const all = [wait('a', { cost: 2 }), wait('b'), wait('c'), wait('d'), wait('e')]
    await pass(10)
    limiter.refund('k')
    await pass(10)
    expect(log).toEqual(['0 a served', '20 b served'])
    limiter.reset('k')
    await pass(10)
    expect(log.slice(2)).toEqual(['30 c served', '30 d served'])
    await pass(200)
    await Promise.all(all)
    expect(log.slice(4)).toEqual(['120 e served'])
  })

  it('keeps its time when the key is penalized after it was granted', async () => {
    const { limiter, log, wait, pass } = make()
    const all = [wait('a'), wait('b')]
    limiter.penalize('k', { cost: 5 })
    await pass(100)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '100 b served'])
    expect(limiter.peek('k').retryAfterMs).toBe(600)
  })

  it('is refused when too many wait', async () => {
    const { limiter, wait } = make({ maxWaiting: 1 })
    limiter.allow('k')
    const waiting = wait('a')
    await expect(limiter.wait('k')).resolves.toMatchObject({ ok: false, reason: 'full' })
    limiter.stop()
    await waiting
  })

  it('keeps its key in a table that a flood wants to empty', async () => {
    const { limiter, log, wait, pass } = make({ maxKeys: 10 })
    const all = [wait('a'), wait('b')]
    for (let i = 0; i < 1_000; i++) limiter.allow(`flood-${i}`)
    expect(limiter.allow('k')).toBe(false)
    await pass(100)
    await Promise.all(all)
    expect(log).toEqual(['0 a served', '100 b served'])
  })

  it('refuses bad input by name, as a rejection', async () => {
    const { limiter } = make()
    await expect(limiter.wait('')).rejects.toThrow('key must be')
    await expect(limiter.wait('k', { cost: -1 })).rejects.toThrow('cost must be')
    await expect(limiter.wait('k', { deadlineMs: Number.NaN })).rejects.toThrow('deadlineMs must be')
  })

  it('in shadow never waits', async () => {
    const { limiter } = make({ shadow: true })
    limiter.allow('k')
    await expect(limiter.wait('k')).resolves.toMatchObject({ ok: true, reason: 'shadow' })
  })
})

describe('stop', () => {
  it('rejects those that wait, gives their tokens back and ends the timers', async () => {
    const { clock, limiter } = make()
    limiter.allow('k')
    const waits = [limiter.wait('k'), limiter.wait('k')]
    const held = limiter.reserve('k')
    limiter.stop()
    await expect(waits[0]).rejects.toThrow(StoppedError)
    await expect(waits[1]).rejects.toMatchObject({ code: 'stopped' })
    expect(clock.pending).toBe(0)
    expect(limiter.peek('k').retryAfterMs).toBe(100)
    expect(held.cancel()).toBe(false)
    await expect(limiter.wait('k')).rejects.toThrow(StoppedError)
    expect(() => limiter.reserve('k')).toThrow(StoppedError)
  })
})

describe('reserve', () => {
  it('takes tokens of the future and says when they may be used', () => {
    const { clock, limiter } = make()
    const now = limiter.reserve('k')
    const later = limiter.reserve('k')
    expect([now.delayMs, later.delayMs]).toEqual([0, 100])
    clock.advance(30)
    expect(later.delayMs).toBe(70)
    clock.advance(100)
    expect(later.delayMs).toBe(0)
  })

  it('gives back once what is cancelled, and moves up what is behind', () => {
    const { limiter } = make()
    limiter.allow('k')
    const [first, second] = [limiter.reserve('k'), limiter.reserve('k')]
    expect([first.cancel(), first.cancel()]).toEqual([true, false])
    expect(second.delayMs).toBe(100)
    second.cancel()
    expect(limiter.peek('k').retryAfterMs).toBe(100)
  })

  it('can be cancelled when it is due too, as long as its tokens are missing', () => {
    const { limiter } = make()
    const used = limiter.reserve('k')
    expect(limiter.peek('k').ok).toBe(false)
    expect(used.cancel()).toBe(true)
    expect(limiter.peek('k').ok).toBe(true)
  })

  it('refused, holds nothing', () => {
    const { limiter } = make()
    limiter.allow('k')
    const refused = limiter.reserve('k', { deadlineMs: 99 })
    expect(refused.verdict).toMatchObject({ ok: false, reason: 'deadline' })
    expect([refused.delayMs, refused.cancel()]).toEqual([Infinity, false])
    expect(limiter.peek('k').retryAfterMs).toBe(100)
  })
})
