import { createHub, type ServerMessage } from '@hubbub/hub'
import { memoryTransport } from '@hubbub/hub/memory'
import { expect, it } from 'vitest'
import type { Command, Reply } from '../src/broker/broker.ts'
import { commands } from '../src/commands.ts'
import { brokerThat } from './support/broker-that.ts'
import { settle, VirtualClock } from './support/virtual-clock.ts'

/** A hub, somebody in it who has given a command, and its broker's side. */
async function setUp() {
  const clock = new VirtualClock()
  const scheduler = {
    defer(task: () => void) {
      void Promise.resolve().then(task)
      return () => {}
    },
  }
  const sent: Command[] = []
  const broker = brokerThat(command => {
    sent.push(command)
    return Promise.resolve()
  })
  const errors: unknown[] = []
  const hub = createHub({ clock, scheduler })
  hub.use(commands({ broker, onError: error => errors.push(error) }))
  const frames: ServerMessage[] = []
  const socket = memoryTransport(hub, { scheduler })('memory:')
  socket.onmessage = ({ data }) => {
    frames.push(JSON.parse(String(data)) as ServerMessage)
  }
  for (const message of [
    { type: 'hello', id: 'h', name: 'ann' },
    { type: 'join', id: 'j', room: 'general' },
    { type: 'publish', id: 'c1', room: 'general', text: '/stock=x' },
  ]) {
    socket.send(JSON.stringify(message))
    for (let turn = 0; turn < 20; turn += 1) await settle()
  }
  const reply: Reply = {
    id: `re:${sent[0]?.id}`,
    commandId: 'c1',
    room: 'general',
    text: '4',
    author: { id: 'bot:b', name: 'b' },
    to: hub.log.id,
  }
  return {
    clock,
    errors,
    /** What the bot answers; resolves when the broker may forget it. */
    answer: (wrong: object) => broker.reply(Object.assign({}, reply, wrong)),
    texts: () => frames.flatMap(frame => (frame.type === 'message' ? frame.text : [])),
    async [Symbol.asyncDispose]() {
      const closed = hub.close()
      await clock.advance(60_000)
      await closed
    },
  }
}

// A foreign bot's answer comes over the broker as it is. Once, the hub took whatever it said.
it.each([
  ['under a name that hides something', { author: { id: 'bot:b', name: 'b\u200b' } }],
  ['under a name without end', { author: { id: 'bot:b', name: 'b'.repeat(1_000) } }],
  ['with nothing to see', { text: ' \n' }],
])('settles an answer %s once, and says at the deadline that there was none', async (_, wrong) => {
  await using chat = await setUp()
  await chat.answer(wrong)
  expect(chat.errors).toEqual([expect.objectContaining({ code: 'bad-request' })])
  await chat.clock.advance(60_000)
  expect(chat.texts()).toEqual(['/stock: no answer in time. Try again.'])
  expect(chat.errors).toHaveLength(1)
})

it.each([
  ["to the hub's own room", { room: '$control' }],
  ['to another room', { room: 'random' }],
  ['to something that is no id', { commandId: 'é' }],
])('shows an answer %s where it was asked', async (_, wrong) => {
  await using chat = await setUp()
  await chat.answer(wrong)
  await chat.clock.advance(60_000)
  expect(chat.texts()).toEqual(['4'])
  expect(chat.errors).toEqual([])
})

it("settles an answer to the hub's own room that nobody waits for, and shows it nowhere", async () => {
  await using chat = await setUp()
  await chat.answer({ id: 're:unknown', room: '$control' })
  expect(chat.errors).toEqual([expect.objectContaining({ code: 'bad-request' })])
  expect(chat.texts()).toEqual([])
})

it('shows an answer that is too long as far as it goes', async () => {
  await using chat = await setUp()
  await chat.answer({ text: 'z'.repeat(1_000_000) })
  await chat.clock.advance(60_000)
  expect(chat.texts()).toEqual([`${'z'.repeat(3_999)}…`])
  expect(chat.errors).toEqual([])
})
