/**
 * The client in a real terminal, with a fake server that plays a scene. For looking at, and for tests in a real
 * terminal: build it with esbuild, run it, and press keys.
 */
import { runTui } from '../../../src/tui/run.tsx'
import { FakeClient, people } from './fake-client.ts'

const client = new FakeClient(() => Date.now())
const stop = new AbortController()
const general = client.join('general')
const wait = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

client.list = [
  { name: 'general', count: 3 },
  { name: 'trading', count: 12 },
  { name: 'ops', count: 2 },
]

async function play(): Promise<void> {
  client.online(people.ann)
  general.confirm([people.ann, people.bob, people.carol])
  const yesterday = new Date(Date.now() - 86_400_000).toISOString()
  general.say(people.carol, 'see you all tomorrow', { at: yesterday })
  general.say(people.bob, 'morning all')
  general.say(
    people.carol,
    'Has anybody looked at the deploy? It says that two of the four nodes are still on the old build, and the log of the third one is empty.',
  )
  general.say(people.ann, 'yes, it is the cache again')
  general.say(people.bob, '東京は晴れ ☀ and 👍🏽 to ann')
  general.say(
    { id: 'x', name: 'mal\u202elory\x1b[31m', kind: 'user' },
    'hi \x1b]0;pwned\x07 Z\u0335\u0348\u0310\u0335\u0348\u0310\u0335\u0348',
  )
  general.say(people.quotes, 'AAPL.US quote is $93.42 per share')
  general.emit('typing', people.carol)
  if (process.argv.includes('--busy')) {
    const trading = client.join('trading')
    trading.confirm([people.bob])
    for (let count = 0; ; count += 1) {
      await wait(10)
      general.say(people.bob, `message ${count} of a busy room, ${'x'.repeat(count % 50)}`)
    }
  }
  const answered = new Set<string>()
  for (;;) {
    await wait(100)
    for (const room of client.opened.values()) {
      if (room.count === 0 && room !== general) room.confirm([people.ann, people.carol])
      for (const history of room.histories.splice(0)) history.resolve({ messages: [], complete: true })
      for (const publish of room.published) {
        if (answered.has(publish.id)) continue
        answered.add(publish.id)
        if (publish.text.startsWith('/')) {
          publish.resolve({ kind: 'command', id: publish.id })
          room.say(people.quotes, `no such symbol: ${publish.text}`, { replyTo: publish.id })
        } else if (publish.text.includes('bad')) publish.reject(new Error('that word is not allowed here'))
        else if (!publish.text.includes('wait')) {
          publish.resolve({ kind: 'message', id: publish.id, seq: room.seq + 1 })
          room.say(people.ann, publish.text, { id: publish.id })
          if (publish.text === 'drop')
            client.set({ status: 'waiting', attempt: 2, retryInMs: 8_000, reason: 'connection lost' })
        }
      }
    }
  }
}

const running = runTui({
  client,
  room: 'general',
  address: '127.0.0.1:4480',
  stdin: process.stdin,
  stdout: process.stdout,
  signal: stop.signal,
  notice: 'Welcome. Two bots listen here: try /stock=AAPL.US',
})
void play()
process.exit(await running)
