import { createHub, type ServerMessage } from '@hubbub/hub'
import { memoryTransport } from '@hubbub/hub/memory'
import { describe, expect, it } from 'vitest'
import { createBot } from '../src/bot.ts'
import { memoryBroker } from '../src/broker/memory.ts'
import { defineCommand } from '../src/command.ts'
import { commands } from '../src/commands.ts'
import { settle, VirtualClock } from './support/virtual-clock.ts'
import { held } from './support/world.ts'

/** A hub with a bot, under one clock, and a raw connection for each person. */
async function hubWith(run: Parameters<typeof defineCommand>[0]['run']) {
  const clock = new VirtualClock()
  // Turns are promises here, so that letting everything run needs no real time.
  const scheduler = {
    defer(task: () => void) {
      let cancelled = false
      void Promise.resolve().then(() => {
        if (!cancelled) task()
      })
      return () => {
        cancelled = true
      }
    },
  }
  const broker = memoryBroker({ clock })
  const hub = createHub({ clock, scheduler })
  hub.use(commands({ broker }))
  const bot = await createBot({
    broker,
    clock,
    name: 'quotes',
    commands: [defineCommand({ name: 'stock', aliases: ['quote'], usage: '/stock=AAPL.US', run })],
  }).start()

  return {
    clock,
    hub,
    async person(name: string) {
      const frames: ServerMessage[] = []
      const socket = memoryTransport(hub, { scheduler })('memory:')
      socket.onmessage = ({ data }) => {
        frames.push(JSON.parse(String(data)) as ServerMessage)
      }
      const say = async (message: object): Promise<void> => {
        socket.send(JSON.stringify(message))
        for (let turn = 0; turn < 20; turn += 1) await settle()
      }
      await say({ type: 'hello', id: 'h', name })
      await say({ type: 'join', id: 'j', room: 'general' })
      return {
        frames,
        say,
        publish: (id: string, text: string) => say({ type: 'publish', id, room: 'general', text }),
        /** Acks, errors and messages, in short. */
        seen: () =>
          frames.flatMap(frame => {
            if (frame.type === 'ack') return [`ack ${frame.id}${frame.command ? ' command' : ''}`]
            if (frame.type === 'error') return [`error ${frame.id} ${frame.code}: ${frame.message}`]
            if (frame.type === 'message') return [`${frame.author.name}: ${frame.text}`]
            return []
          }),
      }
    },
    async [Symbol.asyncDispose]() {
      const ends = [hub.close(), bot.stop({ deadline: 0 }), broker.close()]
      await clock.advance(60_000)
      await Promise.all(ends)
      expect(clock.pending).toBe(0)
    },
  }
}

describe('a hub with commands()', () => {
  it('acks a command to its sender, and shows the answer to the room', async () => {
    await using chat = await hubWith(() => 'AAPL.US quote is $93.42 per share')
    const ann = await chat.person('ann')
    const bob = await chat.person('bob')
    await ann.publish('c1', '/stock=aapl.us')
    expect(ann.seen()).toEqual(['ack c1 command', 'quotes: AAPL.US quote is $93.42 per share'])
    expect(bob.seen()).toEqual(['quotes: AAPL.US quote is $93.42 per share'])
    expect(bob.frames.find(({ type }) => type === 'message')).toMatchObject({
      author: { id: 'bot:quotes', kind: 'bot' },
      replyTo: 'c1',
      seq: 1,
    })
  })

  it('keeps the answer and not the command', async () => {
    await using chat = await hubWith(() => '4')
    const ann = await chat.person('ann')
    await ann.publish('c1', '/quote x')
    await ann.say({ type: 'history', id: 'p1', room: 'general' })
    expect(ann.frames.find(({ type }) => type === 'history')).toMatchObject({
      messages: [{ text: '4', seq: 1 }],
    })
  })

  it('posts /x for //x, and other texts as they are', async () => {
    await using chat = await hubWith(() => '4')
    const ann = await chat.person('ann')
    await ann.publish('c1', '//stock=x')
    await ann.publish('c2', '/etc/passwd')
    expect(ann.seen()).toEqual(['ack c1', 'ann: /stock=x', 'ack c2', 'ann: /etc/passwd'])
  })

  it('lets a sender go on while the bot works, and says within 30 s what has come of it', async () => {
    const work = held()
    await using chat = await hubWith(work.run)
    const ann = await chat.person('ann')
    await ann.publish('c1', '/stock=x')
    await ann.publish('c2', 'hello')
    expect(ann.seen()).toEqual(['ack c1 command', 'ack c2', 'ann: hello'])
    await chat.clock.advance(29_000)
    await ann.say({ type: 'ping', id: 'p' })
    expect(ann.seen()[3]).toBe('quotes: Sorry, /stock took too long. Try again.')
  })

  it('refuses a command that nobody answers, and one in a room that is not joined', async () => {
    await using chat = await hubWith(() => '4')
    const ann = await chat.person('ann')
    await ann.publish('c1', '/nosuch')
    await ann.say({ type: 'publish', id: 'c2', room: 'elsewhere', text: '/stock=x' })
    expect(ann.seen()).toEqual([
      'error c1 no-bot: No bot knows /nosuch. Commands here: /stock=AAPL.US',
      expect.stringContaining('error c2 not-joined'),
    ])
  })

  it('answers /help in the room, and says which command was meant', async () => {
    await using chat = await hubWith(() => '4')
    const ann = await chat.person('ann')
    const bob = await chat.person('bob')
    await ann.publish('c1', '/help')
    await ann.publish('c2', '/stok=x')
    const answer = bob.frames.find(frame => frame.type === 'message')
    expect(answer).toMatchObject({
      author: { id: 'bot:help', name: 'help', kind: 'bot' },
      text: '/stock=AAPL.US\n/help=stock says more about one.',
      replyTo: 'c1',
    })
    expect(ann.seen()).toEqual([
      'ack c1 command',
      'help: /stock=AAPL.US\n/help=stock says more about one.',
      'error c2 no-bot: No bot knows /stok; did you mean /stock?',
    ])
  })

  it("keeps guests from a bot's name", async () => {
    await using chat = await hubWith(() => '4')
    const ann = await chat.person('ann')
    await ann.publish('c1', 'hello')
    const impostor = await chat.person('Quotes')
    expect(impostor.frames[0]).toMatchObject({ type: 'error', code: 'forbidden', field: 'name' })
  })
})
