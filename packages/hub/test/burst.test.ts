import { createHub, type Connection } from '@hubbub/hub'
import { expect, it } from 'vitest'

const transport = { name: 'prompt', encode: (text: string) => text, size: (frame: string) => frame.length }

/** A peer that takes within each turn whatever was written in the one before. */
class Prompt implements Connection<string> {
  readonly transport = transport
  readonly peer = {}
  readonly receivedBytes = 0
  bufferedBytes = 0
  onMessage: Connection['onMessage']
  onDrain: Connection['onDrain']
  onClose: Connection['onClose']
  closed: number | undefined
  messages = 0

  write(frames: readonly string[]): void {
    for (const frame of frames) {
      this.bufferedBytes += frame.length
      if (frame.startsWith('{"type":"message"')) this.messages += 1
    }
  }

  take(): void {
    if (this.bufferedBytes === 0) return
    this.bufferedBytes = 0
    this.onDrain?.()
  }

  say(...frames: readonly object[]): void {
    for (const frame of frames) this.onMessage?.(JSON.stringify(frame))
  }

  close(code: number): void {
    this.closed = code
  }
}

it.each([2, 300])('%d who keep up are given all of a burst above what may wait for one', async people => {
  const turns: (() => void)[] = []
  const hub = createHub({
    clock: { now: () => 0, monotonic: () => 0, setTimer: () => () => {} },
    scheduler: {
      defer(task) {
        turns.push(task)
        return () => {}
      },
    },
  })
  const peers = Array.from({ length: people }, (_, n) => {
    const peer = new Prompt()
    hub.accept(peer)
    peer.say({ type: 'hello', id: 'h', name: `name-${n}` }, { type: 'join', id: 'j', room: 'general' })
    return peer
  })
  const run = () => {
    while (turns.length > 0) {
      turns.shift()?.()
      for (const peer of peers) peer.take()
    }
  }
  await new Promise(resolve => setImmediate(resolve))
  run()
  const { outboxFrames } = hub.limits
  const burst = 3 * outboxFrames
  await Promise.all(
    Array.from({ length: burst }, (_, n) =>
      hub.post({ room: 'general', id: `${n}`, text: 'x', author: { id: 'bot:b', name: 'b', kind: 'bot' } }),
    ),
  )
  run()
  for (const peer of peers)
    expect({ closed: peer.closed, messages: peer.messages }).toEqual({ closed: undefined, messages: burst })
})
