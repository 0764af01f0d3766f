import { createHub, type Connection } from '@hubbub/hub'
import { expect, it } from 'vitest'

/** A connection that notes what is written to it, in one log shared by all. */
class Noted implements Connection<string> {
  readonly transport = transport
  readonly peer = {}
  readonly receivedBytes = 0
  readonly bufferedBytes = 0
  onMessage: Connection['onMessage']
  onDrain: Connection['onDrain']
  onClose: Connection['onClose']
  readonly #name: string
  readonly #notes: string[]

  constructor(name: string, notes: string[]) {
    this.#name = name
    this.#notes = notes
  }

  write(frames: readonly string[]): void {
    const messages = frames.filter(frame => frame.startsWith('{"type":"message"'))
    if (messages.length > 0) this.#notes.push(`${this.#name} ${messages.length}`)
  }

  say(...frames: readonly object[]): void {
    for (const frame of frames) this.onMessage?.(JSON.stringify(frame))
  }

  close(): void {}
}

const transport = { name: 'noted', encode: (text: string) => text, size: (frame: string) => frame.length }

it('lets a small room go on between two slices of a large one', async () => {
  // Each look at the clock takes 1 ms, so that a slice of 4 ms is over after four of them.
  let now = 0
  const turns: (() => void)[] = []
  const hub = createHub({
    clock: { now: () => now, monotonic: () => (now += 1), setTimer: () => () => {} },
    scheduler: {
      defer(task) {
        turns.push(task)
        return () => {}
      },
    },
  })
  const notes: string[] = []
  const enter = (name: string, room: string) => {
    const connection = new Noted(name, notes)
    hub.accept(connection)
    connection.say({ type: 'hello', id: 'h', name }, { type: 'join', id: 'j', room })
    return connection
  }
  const settle = async () => {
    await new Promise(resolve => setImmediate(resolve))
  }
  for (let n = 0; n < 1_000; n += 1) enter(`big-${n}`, 'big')
  enter('small', 'small')
  await settle()
  while (turns.length > 0) turns.shift()?.()
  const post = (room: string, id: string) =>
    hub.post({ room, id, text: 'x', author: { id: 'bot:b', name: 'b', kind: 'bot' } })
  await post('big', '1')
  await post('big', '2')
  await post('small', '3')
  while (turns.length > 0) turns.shift()?.()
  const place = notes.indexOf('small 1')
  expect(notes).toHaveLength(1_001)
  expect(place).toBeGreaterThan(0)
  expect(place).toBeLessThan(300)
  // What a subscriber is owed by one pass leaves in one write.
  expect(new Set(notes)).toContain('big-999 2')
})
