import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { stooq } from '../../src/quotes/stooq.ts'
import { startStooqServer } from '../../src/testing/stooq.ts'
import { isStooqFault, STOOQ_FAULTS } from '../../src/testing/stooq-faults.ts'

/** 22:00 in Warsaw. */
const PRICES_AT = Date.parse('2026-01-28T21:00:00Z')
const QUERY = 'f=sd2t2ohlcv&h&e=csv'

describe('the Stooq-compatible server', () => {
  it('answers the documented request in the documented form', async () => {
    await using server = await startStooqServer({ pricesAt: PRICES_AT })
    const response = await fetch(`${server.url}/q/l/?s=aapl.us&${QUERY}`)
    expect(await response.text()).toBe(
      'Symbol,Date,Time,Open,High,Low,Close,Volume\r\n' +
        'AAPL.US,2026-01-28,22:00:00,93.42,93.42,93.42,93.42,1000000\r\n',
    )
  })

  it('echoes an unknown symbol with N/D', async () => {
    await using server = await startStooqServer()
    const response = await fetch(`${server.url}/q/l/?s=foo.us&f=sc&h&e=csv`)
    expect(await response.text()).toBe('Symbol,Close\r\nFOO.US,N/D\r\n')
  })

  it('joins symbols at a plus, and takes a comma for a part of the symbol', async () => {
    await using server = await startStooqServer()
    await fetch(`${server.url}/q/l/?s=a.us+b.us&${QUERY}`)
    await fetch(`${server.url}/q/l/?s=a.us,b.us&${QUERY}`)
    expect(server.requests.map(({ symbols }) => symbols)).toEqual([['a.us', 'b.us'], ['a.us,b.us']])
  })

  it('gives the columns that were asked for, and no header without h', async () => {
    await using server = await startStooqServer({ quotes: { 'A.US': '1.5' }, pricesAt: PRICES_AT })
    const response = await fetch(`${server.url}/q/l/?s=a.us&f=snd1t1pv&e=csv`)
    expect(await response.text()).toBe('A.US,A.US,20260128,220000,1.5,1000000\r\n')
  })

  it('can start and stop doing wrong while it runs', async () => {
    await using server = await startStooqServer()
    const text = async (): Promise<string> => (await fetch(`${server.url}/q/l/?s=aapl.us&${QUERY}`)).text()
    server.fault = 'limit'
    expect(await text()).toBe('Exceeded the daily hits limit')
    server.fault = undefined
    expect(await text()).toContain('93.42')
  })

  it('has prices of this moment, where it is not told of which', async () => {
    await using server = await startStooqServer()
    const before = Math.floor(Date.now() / 1_000) * 1_000
    const [result] = await stooq({ baseUrl: server.url }).quotes(['AAPL.US'], {
      signal: new AbortController().signal,
    })
    const at = result?.ok ? (result.quote.at ?? 0) : 0
    expect(at >= before && at <= Date.now()).toBe(true)
  })

  it('does what else a test wants it to do wrong', async () => {
    await using server = await startStooqServer({ fault: (response, csv) => response.end(csv.slice(0, 6)) })
    const response = await fetch(`${server.url}/q/l/?s=aapl.us&${QUERY}`)
    expect(await response.text()).toBe('Symbol')
  })

  it('knows its faults by name', () => {
    expect(STOOQ_FAULTS.every(isStooqFault)).toBe(true)
    expect(isStooqFault('toString')).toBe(false)
  })

  it('rejects where its port is taken', async () => {
    await using server = await startStooqServer()
    await expect(startStooqServer({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('ends idle, slow and dripping connections when it closes, twice if need be', async () => {
    const server = await startStooqServer({ fault: 'drip' })
    const idle = connect(server.port, '127.0.0.1')
    await once(idle, 'connect')
    const seen = server.nextRequest()
    const dripping = fetch(`${server.url}/q/l/?s=aapl.us&${QUERY}`).then(response => response.text())
    const request = await seen
    const idleClosed = once(idle, 'close')
    await Promise.all([server.close(), server.close()])
    await expect(dripping).rejects.toThrow(/terminated|fetch failed/)
    await expect(request.closed).resolves.toBe('aborted')
    await idleClosed
    await expect(server.nextRequest()).rejects.toThrow('the server was closed')
  })
})
