import { describe, expect, it } from 'vitest'
import { defineCommand } from '../src/command.ts'
import { commandIdOf } from '../src/command-id.ts'
import { refusal } from './support/chat.ts'
import { chatWith, stock } from './support/chat-with.ts'

const roll = defineCommand({
  name: 'roll',
  usage: '/roll=2d6',
  description: 'Rolls dice.',
  run: () => '4',
})

describe('/help in a chat', () => {
  it("lists every bot's commands, as a message of one bot in the room", async () => {
    const { at, chat } = await chatWith()
    await at.bot({ name: 'quotes', commands: [stock()] })
    await at.bot({ name: 'dice', commands: [roll] })
    await chat.publish('/help', 'c1')
    expect(chat.messages).toEqual([
      {
        id: `re:${commandIdOf('chat', 'general', 'guest:ann', 'c1')}`,
        room: 'general',
        author: { id: 'bot:help', name: 'help', kind: 'bot' },
        text: '/roll=2d6 – Rolls dice.\n/stock=AAPL.US\n/help=roll tells all about /roll.',
        replyTo: 'c1',
      },
    ])
    expect(chat.seen[0]).toBe('ack c1')
    await chat.close()
  })

  it('tells about one, and says which was meant', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ name: 'dice', commands: [roll] })
    await chat.publish('/HELP=roll', 'c1')
    await chat.publish('/help /rol', 'c2')
    expect(chat.messages.map(({ text }) => text)).toEqual([
      '/roll=2d6\nRolls dice.\n/roll is answered by dice.',
      'No bot knows /rol; did you mean /roll?',
    ])
    await chat.close()
  })

  it('is answered once, however often it is sent', async () => {
    const { at, chat } = await chatWith()
    await chat.publish('/help', 'c1')
    await chat.publish('/help', 'c1')
    await at.clock.advance(60_000)
    expect(chat.seen).toEqual(['ack c1', 'message: No commands are known here.', 'ack c1'])
    await chat.close()
  })

  it('is answered when the log takes it, or with the notice', async () => {
    const { at, chat } = await chatWith()
    chat.refuses = refusal('unavailable')
    await chat.publish('/help', 'c1')
    await at.clock.advance(5_000)
    expect(chat.seen).toEqual(['ack c1'])
    chat.refuses = undefined
    await at.clock.advance(1_000)
    chat.refuses = refusal('bad-request')
    await chat.publish('/help', 'c2')
    chat.refuses = undefined
    await at.clock.advance(30_000)
    expect(chat.seen).toEqual([
      'ack c1',
      'message: No commands are known here.',
      'ack c2',
      'message: /help: no answer in time. Try again.',
    ])
    await chat.close()
    expect(at.clock.pending).toBe(0)
  })

  it('is left to a bot that has a command of that name', async () => {
    const { at, chat } = await chatWith()
    await at.bot({ commands: [defineCommand({ name: 'help', run: () => 'Ask Ann.' })] })
    await chat.publish('/help', 'c1')
    expect(chat.messages.map(({ text }) => text)).toEqual(['Ask Ann.'])
    await chat.close()
  })

  it('may have another name, or be left to the bots altogether', async () => {
    const other = await chatWith({ help: 'butler' })
    await other.chat.publish('/help', 'c1')
    expect(other.chat.reserved).toEqual(['stock-bot', 'butler'])
    expect(other.chat.messages[0]).toMatchObject({ author: { id: 'bot:butler', name: 'butler' } })
    await other.chat.close()

    const none = await chatWith({ help: false })
    await none.chat.publish('/help', 'c1')
    expect(none.chat.reserved).toEqual(['stock-bot'])
    expect(none.chat.seen).toEqual(['error c1: no-bot No bot knows /help. No commands are known here.'])
    await none.chat.close()
  })
})
