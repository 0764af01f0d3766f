import { expect, it, vi } from 'vitest'
import { cachedQuotes } from '../../src/quotes/cache.ts'
import { stockCommand } from '../../src/quotes/stock-command.ts'
import { VirtualClock } from '../support/virtual-clock.ts'
import { fixedSource } from './scripted-source.ts'

// An AbortController costs 2.7 µs, AbortSignal.any 20, a timer of Node's about 1: more than the rest of such an answer.
it('what is remembered is answered without a controller, a listener or a timer', async () => {
  const clock = new VirtualClock()
  const source = cachedQuotes(fixedSource('stooq', { 'A.US': '1', 'B.US': '2' }), { clock })
  const command = stockCommand({ source, clock })
  const { signal } = new AbortController()
  const made: string[] = []
  const Original = globalThis.AbortController
  vi.stubGlobal(
    'AbortController',
    class extends Original {
      constructor() {
        super()
        made.push('controller')
      }
    },
  )
  const any = vi.spyOn(AbortSignal, 'any')
  const listen = vi.spyOn(signal, 'addEventListener')
  const setTimer = vi.spyOn(clock, 'setTimer')
  const ask = (text: string): Promise<string> =>
    command.answer({
      id: '1',
      name: 'stock',
      text,
      room: 'general',
      author: { id: 'guest:ann', name: 'ann' },
      deadline: clock.now() + 30_000,
      signal,
    })
  try {
    await ask('a.us,b.us,foo.us')
    // One for the patience of the command, one for the question that others may share.
    expect(made).toHaveLength(2)
    expect(setTimer).toHaveBeenCalledTimes(1)
    expect(listen).toHaveBeenCalled()
    made.length = 0
    setTimer.mockClear()
    listen.mockClear()
    expect(await ask('b.us,a.us')).toBe('B.US quote is $2.00 per share\nA.US quote is $1.00 per share')
    expect(await ask('foo.us')).toMatch(/^No quote found for FOO\.US\./)
    expect(made).toEqual([])
    expect(listen).not.toHaveBeenCalled()
    expect(setTimer).not.toHaveBeenCalled()
    expect(any).not.toHaveBeenCalled()
  } finally {
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  }
})
