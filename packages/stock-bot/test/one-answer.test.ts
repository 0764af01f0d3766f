import { explore } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import type { Broker } from '../src/broker/broker.ts'
import type { Chat } from './support/chat.ts'
import { CASES, playOneAnswer, type Twist } from './support/one-answer.ts'

const RUNS = 400
const ignore = (): void => undefined

/** Explores until the broken chat is caught; rejects with what was wrong. */
const caught = (twist: Twist) =>
  explore(exploration => playOneAnswer(exploration, ignore, twist), { runs: RUNS, shrink: false })

describe('a command that was acked', () => {
  it('gets one answer within 30 s of the keystroke in every order, whatever happens to bots, log and clock', async () => {
    const seen = new Set<string>()
    await explore(exploration => playOneAnswer(exploration, what => seen.add(what)), { runs: RUNS })
    expect(CASES.filter(each => !seen.has(each))).toEqual([])
  }, 180_000)

  it('would get two from a bot whose answers have ids of their own', async () => {
    let replies = 0
    const broker = (inner: Broker): Broker =>
      Object.create(inner, {
        announce: { value: inner.announce.bind(inner) },
        onCommand: {
          value: (name: string, handler: Parameters<Broker['onCommand']>[1], options: object) =>
            inner.onCommand(
              name,
              async (command, context) => {
                const reply = await handler(command, context)
                replies += 1
                return reply && { ...reply, id: `${reply.id}-${replies}` }
              },
              options,
            ),
        },
      })
    await expect(caught({ broker })).rejects.toThrow('has 2 answers')
  }, 180_000)

  it('would get none in a chat that does not watch the time', async () => {
    const chat = (inner: Chat): void => {
      const { clock } = inner
      Object.defineProperty(inner, 'clock', {
        value: {
          now: () => clock.now(),
          monotonic: () => clock.monotonic(),
          setTimer: () => () => undefined,
        },
      })
    }
    await expect(caught({ chat })).rejects.toThrow('has 0 answers')
  }, 180_000)

  it('would get one too late in a chat that counts from when it has the command', async () => {
    const chat = (inner: Chat): void => {
      const publish = inner.publish.bind(inner)
      inner.publish = (text, id) => publish(text, id)
    }
    await expect(caught({ chat })).rejects.toThrow('was answered after')
  }, 180_000)

  it('would get one too late in a chat that leaves the whole 30 s to the bots', async () => {
    await expect(caught({ options: { timeout: 30_000 } })).rejects.toThrow('was answered after 31000 ms')
  }, 180_000)
})
