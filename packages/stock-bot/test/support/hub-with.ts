import { createHub, type ServerMessage } from '@hubbub/hub'
import { memoryTransport } from '@hubbub/hub/memory'
import { createBot } from '../../src/bot.ts'
import { memoryBroker } from '../../src/broker/memory.ts'
import { defineCommand } from '../../src/command.ts'
import { commands } from '../../src/commands.ts'
import { settle, VirtualClock } from './virtual-clock.ts'

// Turns are promises here, so that letting everything run needs no real time.
const scheduler = {
  defer(task: () => void) {
    let cancelled = false
    void Promise.resolve().then(() => {
      if (!cancelled) task()
    })
    return () => {
      cancelled = true
    }
  },
}

/** A hub with a bot, under one clock, and a raw connection for each person. */
export async function hubWith(run: Parameters<typeof defineCommand>[0]['run']) {
  const clock = new VirtualClock()
  const broker = memoryBroker({ clock })
  const hub = createHub({ clock, scheduler })
  hub.use(commands({ broker }))
  const bot = await createBot({
    broker,
    clock,
    name: 'quotes',
    onError: () => undefined,
    commands: [defineCommand({ name: 'stock', aliases: ['quote'], usage: '/stock=AAPL.US', run })],
  }).start()

  return {
    clock,
    scheduler,
    broker,
    hub,
    async person(name: string) {
      const frames: ServerMessage[] = []
      const socket = memoryTransport(hub, { scheduler })('memory:')
      socket.onmessage = ({ data }) => {
        frames.push(JSON.parse(String(data)) as ServerMessage)
      }
      const say = async (message: object): Promise<void> => {
        socket.send(JSON.stringify(message))
        for (let turn = 0; turn < 20; turn += 1) await settle()
      }
      await say({ type: 'hello', id: 'h', name })
      await say({ type: 'join', id: 'j', room: 'general' })
      return {
        frames,
        say,
        publish: (id: string, text: string) => say({ type: 'publish', id, room: 'general', text }),
        /** Acks, errors and messages, in short. */
        seen: () =>
          frames.flatMap(frame => {
            if (frame.type === 'ack') return [`ack ${frame.id}${frame.command ? ' command' : ''}`]
            if (frame.type === 'error') return [`error ${frame.id} ${frame.code}: ${frame.message}`]
            if (frame.type === 'message') return [`${frame.author.name}: ${frame.text}`]
            return []
          }),
      }
    },
    async [Symbol.asyncDispose]() {
      const ends = [hub.close(), bot.stop({ deadline: 0 }), broker.close()]
      await clock.advance(60_000)
      await Promise.all(ends)
      if (clock.pending > 0) throw new Error(`${clock.pending} timers are left`)
    },
  }
}
