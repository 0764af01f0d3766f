import { describe, expect, it, vi } from 'vitest'
import { isUsageError, readTask } from '../../src/service/options.ts'

/** Reads a command line with an environment; what commander prints is dropped. */
function read(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  vi.unstubAllEnvs()
  for (const name of ['AMQP_URL', 'STOCK_BOT_HTTP']) vi.stubEnv(name, env[name])
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    return readTask(['node', 'stock-bot', ...args], '1.2.3')
  } finally {
    write.mockRestore()
    vi.unstubAllEnvs()
  }
}

const one = 'amqp://ann:p,w@one'
const two = 'amqps://two:5673/vhost'

describe('the command line', () => {
  it('is of a bot unless it says otherwise', () => {
    expect(read(['--amqp', one])).toMatchObject({
      kind: 'serve',
      options: { amqp: [one], concurrency: 16, name: 'stock-bot', log: 'text', http: undefined },
    })
  })

  it('takes several addresses, repeated or in one list', () => {
    expect(read(['--amqp', one, '--amqp', two])).toMatchObject({ options: { amqp: [one, two] } })
    expect(read([], { AMQP_URL: `${one}, ${two}` })).toMatchObject({ options: { amqp: [one, two] } })
    expect(read(['--amqp', two], { AMQP_URL: one })).toMatchObject({ options: { amqp: [two] } })
  })

  it('takes an address for HTTP, by default of this machine alone', () => {
    expect(read(['--amqp', one, '--http', '9464'])).toMatchObject({
      options: { http: { host: '127.0.0.1', port: 9464 } },
    })
    expect(read(['--amqp', one], { STOCK_BOT_HTTP: '0.0.0.0:80' })).toMatchObject({
      options: { http: { host: '0.0.0.0', port: 80 } },
    })
  })

  it('is of the doctor, before or behind the options that it shares with the bot', () => {
    const options = { amqp: [one], command: 'roll', quotes: 'sample', symbol: 'MSFT.US', json: true }
    const expected = { kind: 'doctor', options }
    const shared = ['--amqp', one, '--quotes', 'sample']
    const own = ['--symbol', 'MSFT.US', '--command', 'roll', '--json']
    expect(read(['doctor', ...shared, ...own])).toEqual(expected)
    expect(read([...shared, 'doctor', ...own])).toEqual(expected)
    expect(read(['doctor'])).toEqual({
      kind: 'doctor',
      options: { amqp: [], command: 'stock', quotes: 'stooq', symbol: 'AAPL.US', json: false },
    })
  })

  it('is of dead letters', () => {
    expect(read(['dlq', 'list', '--amqp', one])).toMatchObject({
      kind: 'dlq',
      options: { verb: 'list', amqp: [one], command: 'stock', limit: 50, showText: false, json: false },
    })
    expect(
      read(['dlq', 'list', 'roll', '--limit', '3', '--show-text', '--json', '--amqp', one]),
    ).toMatchObject({
      options: { command: 'roll', limit: 3, showText: true, json: true },
    })
    expect(read(['dlq', 'replay', 'roll', '--rate', '5'], { AMQP_URL: one })).toMatchObject({
      options: { verb: 'replay', command: 'roll', limit: 1000, rate: 5 },
    })
    expect(read(['dlq', 'purge', '--yes'], { AMQP_URL: one })).toMatchObject({ options: { verb: 'purge' } })
  })

  it.each([
    [[]],
    [['--amqp', one, '--http', 'x']],
    [['--amqp', `${one},amqp://`]],
    [['--amqp', one, 'nosuch']],
    [['doctor', '--nosuch']],
    [['doctor', '--amqp', 'http://x']],
    [['dlq', '--amqp', one]],
    [['dlq', 'list']],
    [['dlq', 'list', 'Not-A-Name', '--amqp', one]],
    [['dlq', 'list', '--limit', '0', '--amqp', one]],
    [['dlq', 'replay', '--rate', '1.5', '--amqp', one]],
    [['dlq', 'purge', '--amqp', one]],
    [['dlq', 'list', '--yes', '--amqp', one]],
  ])('is refused where it cannot be carried out: %j', args => {
    let thrown: unknown
    try {
      read(args)
    } catch (error) {
      thrown = error
    }
    expect(isUsageError(thrown) && thrown.exitCode).toBe(1)
  })
})
