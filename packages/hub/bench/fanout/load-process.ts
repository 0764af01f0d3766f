/**
 * Many clients in a process of their own: `node load-process.ts <system> <port> [deflate]`, told over the parent's
 * channel.
 */
import { Crowd } from './crowd.ts'
import { dialectOf, type System } from './dialects.ts'
import { type Counts, Tally } from './tally.ts'
import { chatty, numberAt, numbered } from './text.ts'

/** What a load is to do. */
export type LoadRequest =
  | { readonly do: 'open'; readonly live: number; readonly stalled: number }
  | {
      readonly do: 'send'
      readonly characters: number
      /** Messages that are sent before all have received the first of them. */
      readonly inFlight: number
      /** Messages a second; absent: as soon as one was received by all, the next is sent. */
      readonly perSecond?: number
      /** When to stop. */
      readonly messages?: number
      readonly seconds?: number
    }

/** What it did. */
export interface LoadResult extends Counts {
  readonly bytes: number
  /** Bytes that compression has spared. */
  readonly saved: number
}

/** Clients that send: so many that none is over what the hub lets one client have in hand. */
const SENDERS = 16
/** How long the last deliveries may take. */
const PATIENCE_MS = 20_000

const [, , system, port, deflate] = process.argv
const dialect = dialectOf(system as System, deflate !== undefined)
/** What shrinks has to shrink as chat does; otherwise it is cheaper to make. */
const textOf = deflate === undefined ? numbered : chatty

/** Text lengths do not change within a run: all texts lie equally far from the end. */
let characters = 0
let tally = new Tally(0, SENDERS)
let onComplete = (_n: number): void => {}
let live = 0
const crowd = new Crowd(Number(port), dialect, (client, data, start, length) => {
  const before = length - dialect.tail - characters
  // Without a number it is not a message but an ack, or who is here.
  const n = before < 0 ? -1 : numberAt(data, start + before)
  if (n >= 0 && client < live && tally.received(client, n, performance.now())) onComplete(n)
})
/** The next message of each sender. */
const next = Int32Array.from({ length: SENDERS }, (_, sender) => sender)

function publish(sender: number): void {
  const n = next[sender] ?? 0
  next[sender] = n + SENDERS
  tally.sent(n, performance.now())
  crowd.send(sender, dialect.publish(n, textOf(n, characters)))
}

async function open(request: LoadRequest & { do: 'open' }): Promise<void> {
  live = request.live
  await crowd.open(request.live + request.stalled)
  tally = new Tally(live, SENDERS)
  for (let client = live; client < live + request.stalled; client += 1) crowd.stall(client)
}

async function send(request: LoadRequest & { do: 'send' }): Promise<LoadResult> {
  const { inFlight, perSecond, messages = Infinity, seconds = Infinity } = request
  characters = request.characters
  tally.reset()
  crowd.bytes = 0
  crowd.saved = 0
  const end = performance.now() + seconds * 1_000
  const done = Promise.withResolvers<void>()
  let sent = 0
  const over = (): boolean => sent >= messages || performance.now() >= end
  if (perSecond === undefined) {
    const go = (sender: number): void => {
      sent += 1
      publish(sender)
    }
    onComplete = n => {
      if (!over()) go(n % SENDERS)
      else if (tally.missing === 0) done.resolve()
    }
    for (let sender = 0; sender < inFlight; sender += 1) go(sender)
  } else {
    const begin = performance.now()
    const timer = setInterval(() => {
      // Whatever is due by now: a timer that comes late does not make the load less.
      while (!over() && sent < ((performance.now() - begin) / 1_000) * perSecond) {
        publish(sent % SENDERS)
        sent += 1
      }
      if (!over()) return
      clearInterval(timer)
      if (tally.missing === 0) done.resolve()
    }, 1)
    onComplete = () => {
      if (over() && tally.missing === 0) done.resolve()
    }
  }
  await settled(done.promise, Number.isFinite(seconds) ? seconds * 1_000 : 120_000)
  // Whatever would come twice comes now.
  await new Promise(resolve => setTimeout(resolve, 50))
  if (crowd.failure !== undefined) throw new Error(crowd.failure)
  return { ...tally.counts(), bytes: crowd.bytes, saved: crowd.saved }
}

async function settled(done: Promise<void>, afterMs: number): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, afterMs + PATIENCE_MS)
  await Promise.race([done, late.promise])
  clearTimeout(timer)
}

process.on('message', (request: LoadRequest) => {
  const work: Promise<unknown> = request.do === 'open' ? open(request) : send(request)
  work.then(
    result => process.send?.(result ?? 'done'),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error)
      process.exit(1)
    },
  )
})
process.once('disconnect', () => process.exit())
process.send?.('ready')
