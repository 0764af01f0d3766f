import { ClientError } from '@hubbub/hub/client'
import { VirtualClock } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import { Interrupted } from '../../src/exit.ts'
import { runPlain } from '../../src/plain/run-plain.ts'
import { ann, bob, bot, FakeClient, type FakePublish, type FakeRoom } from '../support/fake-client.ts'
import { testIo, type TestIo } from '../support/io.ts'

interface Run {
  readonly clock: VirtualClock
  readonly io: TestIo
  readonly client: FakeClient
  readonly room: FakeRoom
  readonly done: Promise<number>
  /** Whether `done` is settled. */
  readonly over: () => boolean
  readonly type: (text: string) => Promise<void>
  readonly end: () => Promise<void>
  /** Lets streams and promises get where they can. */
  readonly turn: () => Promise<void>
  readonly publish: (index: number) => FakePublish
}

/** Streams hand on in turns of the event loop, which a virtual clock does not see. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise(resolve => setImmediate(resolve))
}

async function start(options: { readonly tty?: boolean; readonly confirm?: boolean } = {}): Promise<Run> {
  // 12:30, so that an own command has a time of its own.
  const clock = new VirtualClock(Date.UTC(2026, 0, 1, 12, 30))
  const io = testIo({ clock, ...(options.tty && { tty: true }) })
  const client = new FakeClient()
  const { room } = client
  const done = runPlain({ client, room: 'general', io })
  let over = false
  const settled = (): void => {
    over = true
  }
  done.then(settled, settled)
  if (options.confirm ?? true) room.confirmed.resolve()
  await turns()
  return {
    clock,
    io,
    client,
    room,
    done,
    over: () => over,
    turn: turns,
    async type(text) {
      io.stdin.write(text)
      await turns()
    },
    async end() {
      io.stdin.end()
      await turns()
    },
    publish(index) {
      const found = room.published[index]
      if (!found) throw new Error(`there is no publish ${index}`)
      return found
    },
  }
}

describe('lines in', () => {
  it('are posted in order, each once the one before it is answered', async () => {
    const { room, type, publish, turn, end, done } = await start()
    await type('one\ntwo\n\n   \nthree')
    await end()
    const texts = (): string[] => room.published.map(({ text }) => text)
    expect(texts()).toEqual(['one'])
    room.accept(publish(0))
    await turn()
    expect(texts()).toEqual(['one', 'two'])
    room.accept(publish(1))
    await turn()
    room.accept(publish(2))
    expect(await done).toBe(0)
    expect(texts()).toEqual(['one', 'two', 'three'])
  })

  it('are sent again with the same id after the time that the server asks for', async () => {
    const { clock, room, type, publish, turn, end, done, io } = await start()
    await type('fast\nnext\n')
    await end()
    publish(0).reject(new ClientError('rate-limited', 'too many', { retryAfterMs: 700 }))
    await turn()
    await clock.advance(699)
    expect(room.published).toHaveLength(1)
    await clock.advance(1)
    expect(publish(1)).toMatchObject({ text: 'fast', id: publish(0).id })
    room.accept(publish(1))
    await turn()
    room.accept(publish(2))
    expect(await done).toBe(0)
    expect(io.err()).not.toContain('too many')
  })

  it('that the server refuses are reported and do not end the run', async () => {
    const { room, type, publish, turn, end, done, io } = await start()
    await type('/nosuch=1\nhello\n')
    await end()
    publish(0).reject(new ClientError('no-bot', 'No bot answers /nosuch.\x1b[2J'))
    await turn()
    expect(io.err()).toContain('not sent: /nosuch=1 (No bot answers /nosuch.␛[2J)\n')
    room.accept(publish(1))
    expect(await done).toBe(0)
    expect(io.out()).toBe('12:31 ann: hello\n')
  })

  it('that had no answer in time are not said to be not sent', async () => {
    const { type, publish, turn, end, done, io } = await start()
    await type('/stock=x\n')
    await end()
    publish(0).reject(new ClientError('unsettled', 'whether a bot has it is not known'))
    await turn()
    expect(io.err()).toContain('no answer: /stock=x (whether a bot has it is not known)\n')
    expect(await done).toBe(0)
  })

  it('that are longer than any message are reported without being sent', async () => {
    const { room, type, end, done, io } = await start()
    await type(`${'x'.repeat(100_000)}\n`)
    await end()
    expect(await done).toBe(0)
    expect(room.published).toEqual([])
    expect(io.err()).toContain('(it has more than 16384 characters)')
  })

  it('are not sent any more once the server does not accept us', async () => {
    const { room, type, publish, done } = await start()
    await type('one\ntwo\n')
    publish(0).reject(new ClientError('forbidden', 'you were revoked'))
    await expect(done).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining('revoked') })
    expect(room.published).toHaveLength(1)
  })
})

describe('the room', () => {
  it('is printed line by line, bots marked, further lines indented', async () => {
    const { room, turn, io } = await start()
    room.say(bob, 'hello')
    room.say(bot, 'AAPL.US quote is $93.42 per share\nMSFT.US quote is $418.56 per share')
    room.say(bob, 'fake\r\n12:31 ann: I agree')
    await turn()
    expect(io.out().split('\n')).toEqual([
      '12:31 bob: hello',
      '12:31 stock-bot [bot]: AAPL.US quote is $93.42 per share',
      '      MSFT.US quote is $418.56 per share',
      '12:31 bob: fake',
      '      12:31 ann: I agree',
      '',
    ])
  })

  it('can do a terminal no harm, by text or by name', async () => {
    const { room, turn, io } = await start()
    room.say({ ...bob, name: 'b\x1b]0;x\x07ob' }, '\x1b[2Jboo\u202e')
    await turn()
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(io.out()).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
    expect(io.out()).toContain('boo')
  })

  it('shows its holes among the lines', async () => {
    const { room, turn, io } = await start()
    room.deliver({ kind: 'skipped', from: 4, to: 6 })
    room.deliver({ kind: 'skipped', from: 8, to: 8 })
    room.deliver({ kind: 'reset', epoch: 'e', seq: 9, reason: 'trimmed' })
    await turn()
    expect(io.out().split('\n')).toEqual([
      '-- 3 messages are missing here (4–6) --',
      '-- message 8 is missing here --',
      '-- messages may be missing here (trimmed); the room goes on --',
      '',
    ])
  })

  it('is coloured on a terminal only', async () => {
    const { room, turn, io } = await start({ tty: true })
    room.say(bob, 'hello')
    await turn()
    expect(io.out()).toBe('\x1b[2m12:31\x1b[0m \x1b[1mbob\x1b[0m: hello\n')
  })
})

describe('own commands', () => {
  it('are shown by this client, before the answer even where that comes first', async () => {
    const { room, type, publish, end, done, io } = await start()
    await type('/stock=AAPL.US\n')
    await end()
    // Receipt and reply in one read of the socket: no promise runs between them.
    const { id, resolve } = publish(0)
    resolve({ kind: 'command', id })
    room.say(bot, 'AAPL.US quote is $93.42 per share', { replyTo: id })
    expect(await done).toBe(0)
    expect(io.out().split('\n')).toEqual([
      '12:30 ann: /stock=AAPL.US',
      '12:31 stock-bot [bot]: AAPL.US quote is $93.42 per share',
      '',
    ])
  })

  it('are not taken for answered by an answer to somebody else', async () => {
    const { room, type, publish, turn, end, over, done } = await start()
    await type('/stock=AAPL.US\n')
    await end()
    const { id, resolve } = publish(0)
    resolve({ kind: 'command', id })
    room.say(bot, 'for bob', { replyTo: 'another' })
    await turn()
    expect(over()).toBe(false)
    room.say(bot, 'for ann', { replyTo: id })
    expect(await done).toBe(0)
  })
})

describe('the end of the input', () => {
  it('waits until own messages are seen in the room', async () => {
    const { room, type, publish, turn, end, over, done } = await start()
    await type('hello\n')
    await end()
    const { id, text, resolve } = publish(0)
    resolve({ kind: 'message', id, seq: 1 })
    room.say(bob, 'the same id by somebody else', { id })
    await turn()
    expect(over()).toBe(false)
    room.say(ann, text, { id })
    expect(await done).toBe(0)
  })

  it('ends with 7 when nothing that is owed has come for 32 s, and says what', async () => {
    const { clock, type, publish, turn, end, over, done } = await start()
    await type('/stock=AAPL.US\n')
    await clock.advance(60_000)
    await end()
    publish(0).resolve({ kind: 'command', id: publish(0).id })
    await turn()
    await clock.advance(31_999)
    expect(over()).toBe(false)
    const failed = done.catch((error: unknown) => error)
    await clock.advance(1)
    expect(await failed).toMatchObject({
      exitCode: 7,
      message: 'no answer came within 32 s to: /stock=AAPL.US',
    })
  })

  it('waits on for as long as answers keep coming', async () => {
    const { clock, room, type, publish, turn, end, over, done } = await start()
    await type('one\ntwo\n')
    await end()
    await clock.advance(31_000)
    room.accept(publish(0))
    await turn()
    await clock.advance(31_000)
    expect(over()).toBe(false)
    room.accept(publish(1))
    expect(await done).toBe(0)
    expect(clock.pending).toBe(0)
  })

  it('asks for nothing that lies in a hole', async () => {
    const { room, type, publish, turn, end, done } = await start()
    await type('hello\n')
    await end()
    publish(0).resolve({ kind: 'message', id: publish(0).id, seq: 5 })
    await turn()
    room.deliver({ kind: 'skipped', from: 1, to: 9 })
    expect(await done).toBe(0)
  })

  it('leaves no listener and no timer', async () => {
    const { clock, client, io, end, done } = await start()
    await end()
    expect(await done).toBe(0)
    expect(client.listeners).toBe(0)
    expect(clock.pending).toBe(0)
    expect(io.stdin.listenerCount('data')).toBe(0)
  })
})

describe('the connection', () => {
  it('is narrated on standard error, one line for an outage', async () => {
    const { client, turn, io } = await start()
    const waiting = { status: 'waiting', attempt: 1, retryInMs: 100, reason: 'gone\x07' } as const
    client.set(waiting)
    client.set({ status: 'connecting', attempt: 2 })
    client.set({ ...waiting, attempt: 2 })
    client.set({ status: 'online', session: 's', resumed: true, user: ann })
    client.error(new ClientError('bad-request', 'what?'))
    await turn()
    expect(io.err().split('\n')).toEqual([
      'in general as ann; 1 here',
      'connection lost (gone␇); trying to get it back',
      'connected again',
      'the server says: what?',
      '',
    ])
    expect(io.out()).toBe('')
  })

  it.each([
    [4403, 4],
    [4409, 6],
  ])('that is closed for good with %i ends the run with %i', async (code, exitCode) => {
    const { client, done } = await start()
    client.set({ status: 'closed', code, reason: 'enough' })
    await expect(done).rejects.toMatchObject({ exitCode, message: expect.stringContaining('enough') })
  })

  it.each([
    [new ClientError('not-found', 'no room "general"'), 3],
    [new ClientError('forbidden', 'members only'), 4],
  ])('%s of the room ends the run', async (error, exitCode) => {
    const { client, room, done } = await start({ confirm: false })
    room.confirmed.reject(error)
    room.emit('left', error.message)
    await expect(done).rejects.toMatchObject({ exitCode, message: expect.stringContaining(error.message) })
    expect(client.listeners).toBe(0)
  })

  it('ends at once when the process should', async () => {
    const { clock, client, io, type, done } = await start()
    await type('hello\n')
    io.interrupt(new Interrupted('SIGTERM', 143))
    await expect(done).rejects.toMatchObject({ exitCode: 143 })
    expect(client.listeners).toBe(0)
    expect(clock.pending).toBe(0)
  })
})
