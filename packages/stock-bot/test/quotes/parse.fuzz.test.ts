/** The fuzzing in short, and broken clients that it has to find. `npm run fuzz:quotes` is the long form. */
import { describe, expect, it } from 'vitest'
import { parseStooq } from '../../src/quotes/parse.ts'
import { stooq } from '../../src/quotes/stooq.ts'
import { stormHttp } from './fuzz/http-storm.ts'
import { type Parse, runParser } from './fuzz/parser-run.ts'
import { describeParserRun, describeStorm } from './fuzz/report.ts'

/** How many bodies: `STOCK_BOT_FUZZ=1000000 npm test -- --project stock-bot parse.fuzz` takes a minute or two. */
const BODIES = Number(process.env['STOCK_BOT_FUZZ'] ?? 3_000)
const REQUESTS = 600

const seed = Math.floor(Math.random() * 2 ** 31)

describe('the parser', () => {
  it('never throws and never makes up a quote, whatever comes', { timeout: 600_000 }, () => {
    const run = runParser(BODIES, seed)
    console.log(describeParserRun(run))
    expect(run.failure).toBeUndefined()
    expect(run.bodies).toBe(BODIES)
    // Bodies that are all refused in the same way would prove nothing.
    expect(run.kinds.get('quote')).toBeGreaterThan(BODIES / 50)
    expect(run.kinds.size).toBeGreaterThan(5)
  })

  it('would be caught if it took the seventh cell of the second line', () => {
    const naive: Parse = (text, symbols) => {
      const cells = text.split('\n')[1]?.split(',') ?? []
      return symbols.map(symbol => ({
        ok: true,
        quote: { symbol, price: String(Number(cells[6])), currency: 'USD', at: undefined, source: 'naive' },
      }))
    }
    expect(runParser(500, seed, naive).failure).toMatch(/as a price|not in the text/)
  })

  it('would be caught if it threw', () => {
    const brittle: Parse = (text, symbols) => {
      if (text.startsWith('\uFEFF')) throw new TypeError('what is this')
      return parseStooq(text, symbols, 'brittle')
    }
    expect(runParser(5_000, seed, brittle).failure).toContain('what is this')
  })

  it('reads the largest answer that the client lets through in one go', () => {
    const shapes = [
      '\n',
      '"',
      ',',
      'Exceeded ',
      '<br />',
      'Symbol,Close\n',
      'Warning: ',
      'AAPL.US,',
      '\r\n\r',
      ' ',
    ]
    for (const shape of shapes) {
      const started = performance.now()
      parseStooq(`${shape.repeat(65_536 / shape.length)}x`, ['AAPL.US'], 'stooq')
      // Anything quadratic in 64 KiB takes seconds; this takes a few milliseconds.
      expect(performance.now() - started).toBeLessThan(1_000)
    }
  })
})

describe('the client', () => {
  it('never throws and never makes up a quote, whatever a server does', { timeout: 120_000 }, async () => {
    const storm = await stormHttp(REQUESTS, seed)
    console.log(describeStorm(storm))
    expect(storm.failures).toEqual([])
    expect([...storm.kinds.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS)
    expect(storm.kinds.size).toBeGreaterThan(7)
  })

  it('would be caught if it read what stands under an error', { timeout: 120_000 }, async () => {
    const gullible: typeof stooq = options =>
      stooq({
        ...options,
        fetch: async (url, init) => {
          const response = await fetch(url, init)
          return new Response(response.body, { status: 200, headers: response.headers })
        },
      })
    const { failures } = await stormHttp(REQUESTS, seed, gullible)
    expect(failures.join('\n')).toMatch(/busy as 93\.42, not http/)
  })

  it('would be caught if it threw where a connection breaks off', { timeout: 120_000 }, async () => {
    const brittle: typeof stooq = options => {
      const source = stooq(options)
      return {
        ...source,
        async quotes(symbols, asked) {
          const results = await source.quotes(symbols, asked)
          const broken = results.find(each => !each.ok && each.detail.startsWith('the answer broke off'))
          if (broken) throw new TypeError('terminated')
          return results
        },
      }
    }
    const { failures } = await stormHttp(100, seed, brittle)
    expect(failures.join('\n')).toContain('threw TypeError: terminated')
  })
})
