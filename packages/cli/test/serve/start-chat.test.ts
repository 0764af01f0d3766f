import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@hubbub/hub'
import { afterEach, describe, expect, it } from 'vitest'
import { runCli } from '../../src/run-cli.ts'
import { type ChatServer, PortTaken, startChat } from '../../src/serve/start-chat.ts'
import { start } from '../support/cli.ts'
import { testIo } from '../support/io.ts'

const options = { port: 0, host: '127.0.0.1', quotes: 'sample' }
const told: string[] = []
const open: ChatServer[] = []

async function serve(more: Partial<Parameters<typeof startChat>[0]> = {}): Promise<ChatServer> {
  const server = await startChat({ ...options, ...more }, line => told.push(line))
  open.push(server)
  return server
}

/** Runs a verb against a server in this process. */
async function run(args: readonly string[], input = ''): Promise<{ code: number; out: string; err: string }> {
  const io = testIo({ clock: systemClock })
  io.stdin.end(input)
  const code = await runCli(args, io)
  await new Promise(resolve => setImmediate(resolve))
  return { code, out: io.out(), err: io.err() }
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(server => server.close()))
  // An operator has nothing to be told of in these tests.
  if (told.length > 0) throw new Error(told.splice(0).join('\n'))
})

describe('a server', () => {
  it('leaves nothing behind once it is closed: its process ends by itself', async () => {
    const file = fileURLToPath(new URL('../../src/serve/start-chat.ts', import.meta.url))
    const client = fileURLToPath(new URL('../../../hub/src/client/index.ts', import.meta.url))
    const script = `
      import { startChat } from ${JSON.stringify(file)}
      import { createClient } from ${JSON.stringify(client)}
      const server = await startChat({ port: 0, host: '127.0.0.1', quotes: 'sample' }, console.error)
      const client = createClient({ url: server.url, name: 'ann' })
      await client.join('general').publish('/stock=AAPL.US')
      await client.close()
      await Promise.all([server.close(), server.close()])
      console.log('closed')`
    await using child = start(['--conditions=@hubbub/source', '--input-type=module', '--eval', script])
    expect(await child.exit).toBe(0)
    expect(child.out()).toBe('closed\n')
    expect(child.err()).toBe('')
  })

  it('says which port is taken, and closes what it had opened', async () => {
    const { url } = await serve()
    const port = Number(new URL(url).port)
    await expect(serve({ port })).rejects.toBeInstanceOf(PortTaken)
    await expect(serve({ port })).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringContaining(`listens on port ${port} of 127.0.0.1 already`),
    })
  })

  it('says which address is none of this machine', async () => {
    await expect(serve({ host: '192.0.2.1' })).rejects.toMatchObject({
      exitCode: 1,
      message: '192.0.2.1 is no address of this machine. Choose another with --host.',
    })
  })

  it('slows a fast sender down, and takes all of its lines in order', async () => {
    const { url } = await serve()
    const lines = Array.from({ length: 23 }, (_, index) => `line ${index}`)
    const { code, out, err } = await run(['join', '--url', url, '--name', 'ann'], lines.join('\n'))
    expect(code).toBe(0)
    expect(err).not.toContain('not sent')
    expect(
      out
        .trim()
        .split('\n')
        .map(line => line.replace(/^\S+ ann: /, '')),
    ).toEqual(lines)
  })

  it('takes only the rooms that it was given', async () => {
    const { url } = await serve({ rooms: ['general'] })
    const { code, err } = await run(['send', 'hello', '--url', url, '--room', 'dev'])
    expect(code).toBe(3)
    expect(err).toContain('error: the room dev cannot be joined')
  })
})

describe('send', () => {
  it('prints where a message landed', async () => {
    const { url } = await serve()
    expect(await run(['send', 'hello', '--url', url])).toEqual({
      code: 0,
      out: 'sent to general as message 1\n',
      err: '',
    })
    const { out } = await run(['send', '-', '--json', '--url', url], 'two\nlines\n')
    expect(JSON.parse(out)).toMatchObject({ v: 1, type: 'receipt', room: 'general', seq: 2 })
  })

  it('prints the answer to a command', async () => {
    const { url } = await serve()
    const { code, out } = await run(['send', '/stock=aapl.us', '--url', url])
    expect(code).toBe(0)
    expect(out).toMatch(
      /^\d\d:\d\d stock-bot \[bot\]: AAPL\.US quote is \$93\.42 per share \(sample data\)\n$/,
    )
  })

  it.each([
    ['/stock=', 0, 'Which symbol?'],
    ['/stock=FOO.US', 0, 'No quote found for FOO.US (sample data)'],
    ['/nosuch=1', 6, 'No bot knows /nosuch. Commands here: /stock=AAPL.US'],
    ['   ', 6, 'must have at least one character that is not white space'],
    ['x'.repeat(4_001), 6, 'must have at most 4000 characters, has 4001'],
  ])('%.20s is answered in a way that a person understands', async (text, exitCode, answer) => {
    const { url } = await serve()
    const { code, out, err } = await run(['send', text, '--url', url])
    expect(code).toBe(exitCode)
    expect(out + err).toContain(answer)
  })

  it('says that nothing is there, and ends with 5', async () => {
    const { code, err } = await run(['send', 'hello', '--url', 'ws://me:hunter2@127.0.0.1:9'])
    expect(code).toBe(5)
    expect(err).toBe(
      'error: cannot connect to ws://127.0.0.1:9: nothing listens there. Is the server running? (chat-cli serve)\n',
    )
  })

  it('takes no more input than a message could have', async () => {
    const { code, err } = await run(['send', '-', '--url', 'ws://127.0.0.1:9'], 'x'.repeat(70_000))
    expect({ code, err }).toEqual({ code: 6, err: 'error: not sent: the input has more than 65536 bytes\n' })
  })
})

describe('names', () => {
  it('that somebody has are refused with advice where the user chose them', async () => {
    const { url } = await serve()
    const { code, err } = await run(['send', 'hello', '--url', url, '--name', 'stock-bot'])
    expect(code).toBe(4)
    expect(err).toContain('Choose another with --name.')
  })
})

describe('an address where something else answers', () => {
  it('is said to be no chat server', async () => {
    const web = createServer(socket => {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    })
    await new Promise<void>(resolve => {
      web.listen(0, '127.0.0.1', resolve)
    })
    const address = web.address()
    const port = typeof address === 'object' && address ? address.port : 0
    try {
      const { code, err } = await run(['send', 'hello', '--url', `ws://127.0.0.1:${port}`])
      expect(code).toBe(5)
      expect(err).toContain('what answers there is no chat server')
      const demo = await run(['demo', '--port', String(port)], 'hello\n')
      expect(demo.code).toBe(1)
      expect(demo.err).toContain(`Something that is no chat listens on port ${port} of 127.0.0.1 already.`)
    } finally {
      web.close()
    }
  })
})

describe('quote', () => {
  it('prints quotes, and ends with 3 where one is not found', async () => {
    expect(await run(['quote', 'aapl.us', 'KO.US', '--quotes', 'sample'])).toEqual({
      code: 0,
      out: 'AAPL.US quote is $93.42 per share (sample data)\nKO.US quote is $68.91 per share (sample data)\n',
      err: '',
    })
    const { code, out, err } = await run(['quote', 'FOO.US', 'AAPL.US', '--quotes', 'sample'])
    expect({ code, out }).toEqual({ code: 3, out: 'AAPL.US quote is $93.42 per share (sample data)\n' })
    expect(err).toContain('No quote found for FOO.US (sample data)')
  })

  it('ends with 5 where the source cannot be reached', async () => {
    const { code, err } = await run(['quote', 'AAPL.US', '--quotes', 'http://127.0.0.1:9'])
    expect(code).toBe(5)
    expect(err).toContain('The quote service http://127.0.0.1:9 could not be reached (network).')
  })
})
