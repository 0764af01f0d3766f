/** Whole conversations between processes. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cli, runToEnd, serve } from '../support/cli.ts'

/** What a client printed, without times. */
const room = (out: string): string[] =>
  out
    .trim()
    .split('\n')
    .map(line => line.replace(/^\d\d:\d\d /, ''))

describe('two clients of one server', () => {
  it('see the same messages in one order', async () => {
    await using server = await serve('--quotes', 'sample')
    const address = ['--url', server.url]
    await using ann = cli('join', '--name', 'ann', ...address)
    await using bob = cli('join', '--name', 'bob', ...address)
    await ann.says(/in general as ann/)
    await bob.says(/in general as bob/)
    for (let turn = 0; turn < 5; turn += 1) {
      ann.type(`ann ${turn}`)
      bob.type(`bob ${turn}`)
    }
    for (const each of [ann, bob]) {
      await each.says(/ann: ann 4/)
      await each.says(/bob: bob 4/)
    }
    expect(room(ann.out())).toEqual(room(bob.out()))
    for (const name of ['ann', 'bob'])
      expect(room(bob.out()).filter(line => line.startsWith(name))).toEqual(
        [0, 1, 2, 3, 4].map(turn => `${name}: ${name} ${turn}`),
      )
    ann.child.stdin.end()
    expect(await ann.exit).toBe(0)
    // A command is its sender's to see, its answer everybody's.
    bob.type('/stock=AAPL.US')
    await bob.says(/bob: \/stock=AAPL\.US\n.*stock-bot \[bot\]: AAPL\.US quote is \$93\.42 per share/)
    const late = await runToEnd(['join', '--name', 'carol', ...address])
    expect(late.code).toBe(0)
    expect(room(late.out)).toHaveLength(11)
    expect(late.out).toContain('stock-bot [bot]: AAPL.US')
    expect(late.out).not.toContain('/stock=')
  })

  it('with one account have names of their own', async () => {
    await using server = await serve('--quotes', 'sample')
    await using first = cli('join', '--url', server.url)
    const [, name = ''] = await first.says(/in general as (\S+);/)
    await using second = cli('join', '--url', server.url)
    await second.says(new RegExp(`in general as ${name}-2; 2 here`))
    const chosen = await runToEnd(['join', '--url', server.url, '--name', name])
    expect(chosen.code).toBe(4)
    expect(chosen.err).toContain('Choose another with --name.')
  })

  it('are told when the server goes, and go on when it is back, with the gap shown', async () => {
    await using server = await serve('--quotes', 'sample')
    const { port } = new URL(server.url)
    await using tail = cli('tail', '--json', '--name', 'reader', '--url', server.url)
    await tail.says(/following general/)
    expect((await runToEnd(['send', 'before', '--url', server.url])).code).toBe(0)
    await tail.says(/"text":"before"/)
    server.child.kill('SIGKILL')
    await server.exit
    await tail.says(/connection lost/)
    await using again = cli('serve', '--quotes', 'sample', '--port', port)
    await again.says(/chat-cli ready/)
    await tail.says(/connected again/)
    expect((await runToEnd(['send', 'after', '--url', server.url])).code).toBe(0)
    await tail.says(/"text":"after"/)
    const types = tail
      .out()
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { type: string }).type)
    expect(types).toEqual(['message', 'reset', 'message'])
    tail.child.kill('SIGINT')
    expect(await tail.exit).toBe(130)
  })
})

describe('demo', () => {
  it('prints the message and the quote, and ends with 0', async () => {
    const { code, out } = await runToEnd(
      ['demo', '--port', '0', '--name', 'ann', '--quotes', 'sample'],
      'hello\n/stock=AAPL.US\n',
    )
    expect(code).toBe(0)
    const [hello, command, answer, ...rest] = room(out)
    expect([hello, command, ...rest]).toEqual(['ann: hello', 'ann: /stock=AAPL.US'])
    expect(answer).toMatch(/^stock-bot \[bot\]: AAPL\.US quote is \$\d+\.\d\d per share/)
  })

  it('answers without the internet too, marked as sample data', async () => {
    const { code, out } = await runToEnd(['demo', '--port', '0'], '/stock=AAPL.US\n')
    expect(code).toBe(0)
    expect(out).toMatch(/AAPL\.US quote is \$\d+\.\d\d per share \(sample data\)\n$/)
  })

  it('joins the chat that is there already', async () => {
    await using server = await serve('--quotes', 'sample')
    const { port } = new URL(server.url)
    const { code, out, err } = await runToEnd(['demo', '--port', port, '--name', 'ann'], 'hello\n')
    expect(code).toBe(0)
    expect(err).toContain(`A chat is at ${server.url} already: joining it.`)
    expect(room(out)).toEqual(['ann: hello'])
    expect((await runToEnd(['tail', '--last', '0', '--url', server.url, '--room', 'a b'])).code).toBe(2)
  })
})

describe('serve', () => {
  it('answers honestly where its quote source cannot be reached', async () => {
    await using server = await serve('--quotes', 'http://127.0.0.1:9')
    const { code, out } = await runToEnd(['join', '--url', server.url], '/stock=AAPL.US\n')
    expect(code).toBe(0)
    expect(out).toContain(
      'stock-bot [bot]: The quote service http://127.0.0.1:9 could not be reached (network). Try again later, or check its address in --quotes.',
    )
  })

  it('answers honestly about Stooq as well', async () => {
    await using server = await serve()
    const { code, out } = await runToEnd(['join', '--url', server.url], '/stock=AAPL.US\n')
    expect(code).toBe(0)
    expect(out).toContain('The quote service stooq could not be reached (network).')
  })
})

describe('a server with a log in a file', () => {
  it('has the history back after it was killed, under the same numbers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'hubbub-log-'))
    const log = ['--quotes', 'sample', '--log', `sqlite:${join(folder, 'chat.db')}`]
    try {
      await using first = await serve(...log)
      expect(first.err()).toContain(`(history in ${join(folder, 'chat.db')})`)
      const sent = await runToEnd(['send', 'before the crash', '--url', first.url, '--json'])
      expect(sent.code).toBe(0)
      first.child.kill('SIGKILL')
      await first.exit
      await using second = await serve(...log)
      await using tail = cli('tail', '--json', '--url', second.url)
      await tail.says(/"text":"before the crash"/)
      expect(JSON.parse(tail.out().trim())).toMatchObject({ seq: 1, text: 'before the crash' })
      const late = await runToEnd(['serve', '--port', '0', ...log])
      expect(late).toMatchObject({ code: 1, err: expect.stringContaining('is in use') })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
