import { describe, expect, it } from 'vitest'
import { runCli } from '../src/run-cli.ts'
import { complaintAbout } from '../src/node-version.ts'
import { testIo } from './support/io.ts'

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const io = testIo()
  const code = await runCli(args, io)
  await new Promise(resolve => setImmediate(resolve))
  return { code, out: io.out(), err: io.err() }
}

describe('help', () => {
  it.each(['demo', 'serve', 'join', 'send', 'tail', 'quote'])('of %s begins with examples', async verb => {
    const { code, out, err } = await run(verb, '--help')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain(`  $ `)
    expect(out.indexOf('Examples:')).toBeLessThan(out.indexOf('Usage: chat-cli'))
  })

  it('of all names the verbs and the exit codes', async () => {
    const { code, out } = await run('--help')
    expect(code).toBe(0)
    for (const verb of ['demo', 'serve', 'join', 'send', 'tail', 'quote'])
      expect(out).toContain(`\n  ${verb} `)
    expect(out).toContain('Exit codes:')
  })

  it('is what --version is not', async () => {
    expect(await run('--version')).toEqual({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    })
  })
})

describe('wrong usage ends with 2 and a line that says what may stand there', () => {
  it.each([
    [
      ['serve', '--port', '99999'],
      "argument '99999' is invalid. A port is a whole number from 0 (any free port) to 65535",
    ],
    [['serve', '--port', '80a'], 'A port is a whole number from 0'],
    [['serve', '--port', '-1'], 'A port is a whole number from 0'],
    [['serve', '--rooms', 'general,a b'], '"a b" cannot be a room. A room\'s name has 1–64 letters'],
    [['serve', '--origin', 'chat.example'], 'An origin looks like https://chat.example'],
    [
      ['serve', '--origin', 'https://chat.example/path'],
      'An origin looks like https://chat.example (no path)',
    ],
    [['serve', '--quotes', 'stoq'], 'Unknown quote source "stoq". --quotes takes stooq'],
    [['serve', '--log', 'postgres:x'], 'A log is memory, or sqlite: and a file'],
    [['serve', '--host', ''], 'An address of this machine'],
    [['demo', '--quotes', ''], 'No quote source is named.'],
    [['join', '127.0.0.1'], 'A server has an address like ws://127.0.0.1:4480'],
    [['join', '--url', 'http://127.0.0.1'], 'A server has an address like ws://127.0.0.1:4480'],
    [['join', '--room', 'a b'], "A room's name has 1–64 letters, digits, '-', '_' or '.'"],
    [['join', '--name', 'a\u200bb'], 'A name has 1–32 characters, none of them control, bidi or zero-width'],
    [['tail', '--last', '201'], 'It is a whole number from 0 to 200'],
    [['tail', '--since', 'x'], 'It is the number of a message'],
    [['tail', '--since', '1', '--last', '1'], 'cannot be used with option'],
    [['quote', '../x', '--quotes', 'sample'], '"../x" is not a symbol'],
    [['quote'], "missing required argument 'symbol'"],
    [['send'], "missing required argument 'text'"],
    [['send', 'two', 'words'], 'too many arguments'],
    [['serve', '--prot', '1'], "unknown option '--prot'\n(Did you mean --port?)"],
    [['srve'], "unknown command 'srve'\n(Did you mean serve?)"],
    [[], 'Usage: chat-cli'],
  ])('%j', async (args, message) => {
    const { code, out, err } = await run(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(message)
  })

  it.each([
    ['serve', '--amqp', 'http://me:hunter2@mq.example'],
    ['join', '--url', 'http://me:hunter2@chat.example'],
    ['serve', '--quotes', 'https://me:hunter2@quotes.example'],
  ])('%s %s: a password in an address is not repeated', async (...args) => {
    const { code, err } = await run(...args)
    expect(code).toBe(2)
    expect(err).not.toContain('hunter2')
  })
})

describe('the version of Node', () => {
  it.each(['18.19.1', '20.20.2', '22.11.0'])('%s is too old, and is told so in one line', version => {
    expect(complaintAbout(version)).toBe(`chat-cli needs Node 22.12 or newer; this is Node ${version}.`)
  })

  it.each(['22.12.0', '23.0.0', '24.21.0'])('%s is new enough', version => {
    expect(complaintAbout(version)).toBeUndefined()
  })
})
