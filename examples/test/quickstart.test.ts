import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createClient } from '@hubbub/hub/client'
import { expect, it } from 'vitest'

const server = fileURLToPath(new URL('../quickstart/server.ts', import.meta.url))

it('the quick start chats, answers /stock, and stops when told to', async () => {
  const child = spawn(process.execPath, ['--conditions=@hubbub/source', server], {
    env: { ...process.env, PORT: '0', QUOTES: 'sample' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = new Promise(resolve => child.once('exit', code => resolve(code)))
  try {
    const url = await new Promise<string>((resolve, reject) => {
      let text = ''
      child.once('error', reject)
      child.once('exit', code => reject(new Error(`it ended with ${code}: ${text}`)))
      child.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part
        const [, found] = /ready: (ws:\S+)\n/.exec(text) ?? []
        if (found) resolve(found)
      })
    })
    await using client = createClient({ url, name: 'ann' })
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
    child.kill('SIGTERM')
    expect(await exit).toBe(0)
  } finally {
    child.kill('SIGKILL')
    await exit
  }
})
