import { createClient } from '@hubbub/hub/client'
import { expect, it } from 'vitest'
import { startExample } from './support/example-server.ts'

it('the quick start chats, answers /stock, and stops when told to', async () => {
  await using server = await startExample('quickstart/server.ts', { QUOTES: 'sample' })
  await using client = createClient({ url: server.url, name: 'ann' })
  const room = client.join('general')
  const texts: string[] = []
  const answered = new Promise<void>(resolve => {
    room.on('delivery', delivery => {
      if (delivery.kind !== 'message') return
      const { author, text } = delivery.message
      texts.push(`${author.name}: ${text}`)
      if (author.kind === 'bot') resolve()
    })
  })
  await room.publish('hello')
  await room.publish('/stock=AAPL.US')
  await answered
  expect(texts).toEqual(['ann: hello', 'stock-bot: AAPL.US quote is $93.42 per share (sample data)'])
  expect(await server.stop()).toBe(0)
})
