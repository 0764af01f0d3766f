import { readFile } from 'node:fs/promises'
import { createHub } from '@hubbub/hub'
import { type ChatMessage, type ClientRoom, createClient } from '@hubbub/hub/client'
import { memoryTransport } from '@hubbub/hub/memory'
import { commands, createBot, memoryBroker } from '@hubbub/stock-bot'
import { expect, it } from 'vitest'
import { rollCommand } from '../custom-bot/roll.ts'
import { startExample } from './support/example-server.ts'

/** Says something and resolves with the bot's answer. */
async function ask(room: ClientRoom, text: string): Promise<string> {
  const answer = Promise.withResolvers<ChatMessage>()
  const off = room.on('delivery', delivery => {
    if (delivery.kind === 'message' && delivery.message.author.kind === 'bot')
      answer.resolve(delivery.message)
  })
  await room.publish(text)
  const { author, text: said } = await answer.promise
  off()
  return `${author.name}: ${said}`
}

it('the custom bot answers in a chat, with dice that a test can choose', async () => {
  const rolls = [0, 0.5, 0.999]
  let next = 0
  const random = () => rolls[next++ % rolls.length] ?? 0
  await using broker = memoryBroker()
  await using _ = await createBot({
    broker,
    name: 'croupier',
    commands: [rollCommand({ random })],
  }).start()
  await using hub = createHub()
  hub.use(commands({ broker }))
  await using client = createClient({ url: 'memory:', name: 'Ann', connect: memoryTransport(hub) })
  const room = client.join('general')

  expect(await ask(room, '/roll=3d6')).toBe('croupier: Ann rolled 1 + 4 + 6 = 11')
  expect(await ask(room, '/dice')).toBe('croupier: Ann rolled 1')
  expect(await ask(room, '/ROLL D20')).toBe('croupier: Ann rolled 11')
  for (const [args, problem] of [
    ['lots', 'dice look like 2d6 or d20'],
    ['21d6', '1 to 20 dice'],
    ['2d1', '2 to 1000 sides'],
    ['2d9999999999999999999', '2 to 1000 sides'],
  ])
    expect(await ask(room, `/roll=${args}`)).toBe(`croupier: Usage: /roll=2d6 – ${problem}`)
  expect(await ask(room, '/help')).toContain('/roll=2d6 – Rolls dice: how many, and with how many sides.')
  await expect(room.publish('/rol=2d6')).rejects.toThrow('No bot knows /rol; did you mean /roll?')
})

it('its command has less than 60 lines', async () => {
  const source = await readFile(new URL('../custom-bot/roll.ts', import.meta.url), 'utf8')
  expect(source.split('\n').length).toBeLessThan(60)
})

it('its server chats, answers /roll, and stops when told to', async () => {
  await using server = await startExample('custom-bot/server.ts')
  await using client = createClient({ url: server.url, name: 'Ann' })
  expect(await ask(client.join('general'), '/roll=2d6')).toMatch(
    /^croupier: Ann rolled [1-6] \+ [1-6] = \d+$/,
  )
  expect(await server.stop()).toBe(0)
})
