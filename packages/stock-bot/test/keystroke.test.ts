import { createClient } from '@hubbub/hub/client'
import { faultyTransport } from '@hubbub/hub/testing'
import { describe, expect, it } from 'vitest'
import { hubWith } from './support/hub-with.ts'

/** How long somebody waits who gives a command. */
const PATIENCE_MS = 30_000

interface Story {
  /** From the keystroke on, how long there is no network, in milliseconds. */
  readonly away: number
  /** How long the bot works; or it dies with the command in hand. */
  readonly bot: number | 'dies'
  /** The command was sent before the network went away 1 s behind it, and its ack was not there yet. */
  readonly isSent?: boolean
}

/** Gives a command, and says in the order of time what its sender came to know, and the room in the end. */
async function tell({ away, bot, isSent = false }: Story) {
  let runs = 0
  await using chat = await hubWith(async () => {
    runs += 1
    const { promise, resolve } = Promise.withResolvers<void>()
    if (typeof bot === 'number') chat.clock.setTimer(resolve, bot)
    await promise
    return 'done'
  })
  const { clock, hub, scheduler, broker } = chat
  await broker.onCommand('dead', () => {
    runs += 1
    return new Promise(() => undefined)
  })
  const link = faultyTransport(hub, { scheduler, clock })
  let isDown = false
  const breakDown = (): void => {
    isDown = true
    link.last.cut()
  }
  const client = createClient({
    url: 'faulty:',
    name: 'ann',
    clock,
    random: () => 0.5,
    backoff: { minMs: 100, maxMs: 100 },
    connect: url => {
      if (isDown) throw new Error('there is no network')
      return link(url)
    },
  })
  const room = client.join('general')
  await clock.advance(0)
  await room.ready

  if (isSent) link.last.delay(60_000, 'down')
  else breakDown()
  const typedAt = clock.now()
  const seen: { readonly what: string; readonly after: number }[] = []
  const see = (what: string): void => {
    seen.push({ what, after: clock.now() - typedAt })
  }
  room.on('delivery', delivery => {
    if (delivery.kind === 'message') see(delivery.message.text)
  })
  room.publish(bot === 'dies' ? '/dead' : '/stock=x', { id: 'mine' }).then(
    ({ kind }) => {
      see(`a ${kind}`)
    },
    (error: Error) => {
      see(error.message)
    },
  )
  if (isSent) {
    await clock.advance(1_000)
    breakDown()
    await clock.advance(away - 1_000)
  } else await clock.advance(away)
  isDown = false
  await clock.advance(120_000)
  const page = room.history()
  await clock.advance(0)
  const { messages } = await page
  const closed = client.close()
  await clock.advance(2_000)
  await closed
  return { seen, room: messages.map(({ text }) => text), runs }
}

const DONE = ['a command', 'done']
const SLOW = 'Sorry, /stock took too long. Try again.'
const DEAD = '/dead: no answer in time. Try again.'
const LATE = 'Too late for /stock: it was too long on its way to be answered in time. Try again.'

describe('a command is answered or refused once, within 30 s of the keystroke, where', () => {
  it.each<[string, Story, readonly string[]]>([
    ['the network was away for a moment', { away: 200, bot: 0 }, DONE],
    ['it was away for 20 s', { away: 20_000, bot: 0 }, DONE],
    ['it was away for 20 s and the bot needs nearly all the rest', { away: 20_000, bot: 8_500 }, DONE],
    ['it was away for 20 s and the bot is too slow', { away: 20_000, bot: 60_000 }, ['a command', SLOW]],
    ['it was away for 20 s and the bot dies', { away: 20_000, bot: 'dies' }, ['a command', DEAD]],
    ['it was away for 28.7 s', { away: 28_700, bot: 0 }, DONE],
    ['it was away for 29 s, too long for a bot to begin', { away: 29_000, bot: 0 }, [LATE]],
    [
      'it was away for a minute',
      { away: 60_000, bot: 0 },
      ['it could not be sent within 30 s, and nobody waits longer for a bot'],
    ],
  ])('%s', async (_what, story, expected) => {
    const { seen, room, runs } = await tell(story)
    expect(seen.map(({ what }) => what)).toEqual(expected)
    expect(room).toEqual(expected.slice(1))
    expect(runs).toBe(expected.length - 1)
    expect(seen.filter(({ after }) => after > PATIENCE_MS)).toEqual([])
  })

  it.each<[string, Story, readonly string[]]>([
    ['the answer came meanwhile', { away: 20_000, bot: 3_000, isSent: true }, ['done', 'a command']],
    ['the bot is still at it', { away: 20_000, bot: 25_000, isSent: true }, DONE],
    ['the bot is too slow', { away: 20_000, bot: 60_000, isSent: true }, ['a command', SLOW]],
    ['the bot died', { away: 20_000, bot: 'dies', isSent: true }, ['a command', DEAD]],
    ['too little is left to begin anew', { away: 29_200, bot: 'dies', isSent: true }, ['a command', DEAD]],
  ])('the ack was lost and %s', async (_what, story, expected) => {
    const { seen, room, runs } = await tell(story)
    expect(seen.map(({ what }) => what)).toEqual(expected)
    expect(room).toHaveLength(1)
    expect(runs).toBe(1)
    expect(seen.filter(({ after }) => after > PATIENCE_MS)).toEqual([])
  })
})
