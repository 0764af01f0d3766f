/**
 * The client in a real terminal, with a fake server that plays a scene: for tests in a real terminal, and for
 * looking at. `/name` is answered by a bot, a text with "bad" is refused, one with "wait" is never answered, and
 * `drop` loses the connection.
 */
import { runTui } from '../../../src/tui/run.tsx'
import { FakeClient, type FakePublish, type FakeRoom, people } from './fake-client.ts'

const client = new FakeClient(() => Date.now())
client.list = [
  { name: 'general', count: 3 },
  { name: 'trading', count: 12 },
  { name: 'ops', count: 2 },
]

function answer(room: FakeRoom, { text, id, resolve, reject }: FakePublish): void {
  if (text.includes('wait')) return
  if (text.includes('bad')) reject(new Error('that word is not allowed here'))
  else if (text.startsWith('/')) {
    resolve({ kind: 'command', id })
    room.say(people.quotes, `no such symbol: ${text.slice(1)}`, { replyTo: id })
  } else {
    room.say(people.ann, text, { id })
    resolve({ kind: 'message', id, seq: room.seq })
  }
  if (text === 'drop')
    client.set({ status: 'waiting', attempt: 2, retryInMs: 8_000, reason: 'the connection was lost' })
}

client.onJoin = room => {
  room.onPublish = publish => answer(room, publish)
  queueMicrotask(() => {
    if (room.name !== 'general') room.confirm([people.ann, people.carol])
    else scene(room)
  })
}

function scene(room: FakeRoom): void {
  client.online(people.ann)
  const yesterday = new Date(Date.now() - 86_400_000).toISOString()
  room.say(people.carol, 'see you all tomorrow', { at: yesterday })
  room.say(people.bob, 'morning all')
  room.say(
    people.carol,
    'Has anybody looked at the deploy? It says that two of the four nodes are still on the old build, and the log of the third one is empty.',
  )
  room.say(people.ann, 'yes, it is the cache again')
  room.say(people.bob, '東京は晴れ and 📈 to ann')
  room.say(
    { id: 'mallory', name: 'mal\u202elory\x1b[31m', kind: 'user' },
    'hi \x1b]0;pwned\x07 Z\u0335\u0348\u0310\u0335\u0348\u0310\u0335\u0348',
  )
  room.say(people.quotes, 'AAPL.US quote is $93.42 per share')
  room.emit('typing', people.carol)
  room.confirm([people.ann, people.bob, people.carol])
}

process.exitCode = await runTui({
  client,
  room: 'general',
  address: '127.0.0.1:4480',
  stdin: process.stdin,
  stdout: process.stdout,
  signal: new AbortController().signal,
  notice: 'Welcome. A bot listens here: try /stock=AAPL.US',
})
