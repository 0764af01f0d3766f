/** How processes end, and what they say then. */
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { cli, runToEnd, serve } from '../support/cli.ts'

describe('signals', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s ends a server gracefully, with 0', async signal => {
    await using server = await serve('--quotes', 'sample')
    await using ann = cli('join', '--name', 'ann', '--url', server.url)
    await ann.says(/in general as ann/)
    server.child.kill(signal)
    expect(await server.exit).toBe(0)
    await ann.says(/connection lost \(the server is stopping\)/)
    expect(server.err()).toBe(`chat-cli ready: ${server.url} (history ends with this process)\n`)
    ann.child.kill('SIGTERM')
    expect(await ann.exit).toBe(143)
  })

  it('a second one ends it at once, whatever it is doing', async () => {
    // A quote source that never answers keeps the bot busy, and a graceful end waits for it.
    const silent = createServer(socket => {
      socket.on('error', () => {})
    })
    const asked = new Promise<void>(resolve => {
      silent.once('connection', () => resolve())
    })
    await new Promise<void>(resolve => {
      silent.listen(0, '127.0.0.1', resolve)
    })
    const address = silent.address()
    const port = typeof address === 'object' && address ? address.port : 0
    try {
      await using server = await serve('--quotes', `http://127.0.0.1:${port}`)
      await using ann = cli('join', '--name', 'ann', '--url', server.url)
      ann.type('/stock=AAPL.US')
      await asked
      server.child.kill('SIGTERM')
      await ann.says(/connection lost/)
      server.child.kill('SIGTERM')
      expect(await server.exit).toBe(143)
    } finally {
      silent.close()
    }
  })
})

describe('a reader that has had enough', () => {
  it('ends tail quietly, with 0', async () => {
    await using server = await serve('--quotes', 'sample')
    await using tail = cli('tail', '--name', 'reader', '--url', server.url)
    await tail.says(/following general/)
    tail.child.stdout.destroy()
    await using ann = cli('join', '--name', 'ann', '--url', server.url)
    ann.type('hello')
    expect(await tail.exit).toBe(0)
    expect(tail.err()).toBe('following general; 1 here\n')
  })
})

describe('a port', () => {
  it('that is taken is named, and the exit code is 1', async () => {
    await using server = await serve('--quotes', 'sample')
    const { port } = new URL(server.url)
    const { code, out, err } = await runToEnd(['serve', '--port', port])
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toBe(
      `error: Something listens on port ${port} of 127.0.0.1 already. Stop it, or choose another with --port (--port 0 takes any free one).\n`,
    )
  })
})

describe('a RabbitMQ that is not there', () => {
  it('is named without its password, chat goes on, and commands are refused', async () => {
    await using server = await serve('--amqp', 'amqp://me:hunter2@127.0.0.1:9/chat')
    await server.says(/RabbitMQ at amqp:\/\/127\.0\.0\.1:9\/chat cannot be reached .*tried again and again/)
    const { code, out, err } = await runToEnd(
      ['join', '--url', server.url, '--name', 'ann'],
      'hello\n/stock=AAPL.US\n',
    )
    expect(code).toBe(0)
    expect(out).toContain('ann: hello')
    expect(err).toContain('not sent: /stock=AAPL.US (Bots are unreachable, try again.)')
    server.child.kill('SIGTERM')
    expect(await server.exit).toBe(0)
    expect(server.out() + server.err()).not.toContain('hunter2')
    // One outage is one line, however many attempts there were.
    expect(server.err().match(/cannot be reached/g)).toHaveLength(1)
  })
})

describe('arguments', () => {
  it('that are wrong end with 2', async () => {
    const { code, out, err } = await runToEnd(['serve', '--port', '99999'])
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain('A port is a whole number from 0 (any free port) to 65535.')
  })
})
