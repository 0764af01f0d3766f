import { describe, expect, it } from 'vitest'
import { hubWith } from './support/hub-with.ts'
import { held } from './support/world.ts'

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
      text: '/stock=AAPL.US\n/help=stock tells all about /stock.',
      replyTo: 'c1',
    })
    expect(ann.seen()).toEqual([
      'ack c1 command',
      'help: /stock=AAPL.US\n/help=stock tells all about /stock.',
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
