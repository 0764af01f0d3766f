/** Storms a hub over one transport, and says what became of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHub, type Hub, memoryLog, secret } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'
import { heapMB, inTime, noteUnhandled, turn } from './process.ts'
import { type Script, scriptsFor, type TransportName } from './scripts.ts'
import { type Dial, open, type Wire } from './wires.ts'
import { Witness } from './witness.ts'

/** How hard the storm is. */
export interface StormOptions {
  readonly transport: TransportName
  /** Frames, and pieces of bytes, that are sent in all. */
  readonly frames: number
  /** The same seed sends the same. */
  readonly seed: number
  /** Breaks the hub, to see that the storm finds it. */
  readonly tamper?: (hub: Hub) => void
  /** How long anything may take. @default 10,000 ms */
  readonly patienceMs?: number
  /** How many megabytes may be held at the end beyond what was held after the warm-up. @default 8 */
  readonly maxGrowthMB?: number
}

/** What came of it. */
export interface StormReport {
  readonly transport: TransportName
  readonly seed: number
  /** Texts in right frames. */
  readonly texts: number
  /** Pieces of bytes. */
  readonly bytes: number
  /** Messages that the transport gave to the hub. */
  readonly handled: number
  readonly connections: number
  readonly answers: number
  /** How many connections the hub closed with each code; `none` are those that left before. */
  readonly closes: ReadonlyMap<number | 'none', number>
  readonly growthMB: number
  readonly seconds: number
  /** Empty, or the first thing that went wrong. */
  readonly failures: readonly string[]
}

/** What a hub may keep of the past; it is full after the warm-up. */
const LOG_BYTES = 4 * 1024 * 1024
const WARM_UP = 100_000
/** Longer than anything is kept for whoever is gone. */
const FORGOTTEN_S = 200
/** Longer than the hub listens to a silence. */
const SILENCE_S = 60

class Storm {
  readonly clock = new VirtualClock()
  readonly hub: Hub
  readonly failures: string[] = []
  readonly closes = new Map<number | 'none', number>()
  texts = 0
  bytes = 0
  handled = 0
  connections = 0
  answers = 0
  /** Connections that the hub has and that have not told it of their end. */
  held = 0
  readonly #patienceMs: number

  constructor({ tamper, patienceMs = 10_000 }: StormOptions) {
    const { clock } = this
    this.#patienceMs = patienceMs
    this.hub = createHub({
      clock,
      log: memoryLog({ clock, secret, bytes: LOG_BYTES }),
      onError: error => this.failures.push(`onError: ${String(error)}`),
    })
    // Something takes its time, so that frames come while others wait.
    this.hub.use(async ({ request }, next) => {
      if (request.type === 'history' || request.type === 'publish') await turn()
      await next()
    })
    tamper?.(this.hub)
    const accept = this.hub.accept.bind(this.hub)
    this.hub.accept = connection => {
      this.held += 1
      accept(connection)
      const { onMessage, onClose } = connection
      connection.onMessage = text => {
        this.handled += 1
        onMessage?.(text)
      }
      connection.onClose = (code, reason) => {
        this.held -= 1
        onClose?.(code, reason)
      }
    }
  }

  inTime<T>(what: string, work: Promise<T>): Promise<T> {
    return inTime(what, this.#patienceMs, work)
  }

  /** Lets that many seconds pass; the witness shows that it is there. */
  async pass(seconds: number, witness?: Witness, enough: () => boolean = () => false): Promise<void> {
    for (let second = 1; second <= seconds && !enough(); second += 1) {
      await this.clock.advance(1_000)
      await turn()
      if (witness && second % 10 === 0) await this.inTime('an answer to the witness', witness.alive())
    }
  }

  /** One connection from its beginning to its end. */
  async connect(dial: Dial, script: Script, witness: Witness): Promise<void> {
    this.connections += 1
    const number = this.connections
    const wire = await this.inTime('connecting', dial(number))
    let over = false
    void wire.closed.then(() => {
      over = true
    })
    if (script.enters) {
      wire.text(`{"type":"hello","id":"hello","name":"user ${number}"}`)
      wire.text('{"type":"join","id":"join","room":"general"}')
      this.texts += 2
    }
    if (script.kind === 'texts') await this.#say(wire, script.pieces, `last-${number}`)
    else await this.#pour(wire, script.pieces, script.tears)
    // The witness has one too.
    const ended = (): boolean => this.hub.stats().sessions <= 1
    if (script.leave === 'stay') await this.pass(SILENCE_S, witness, ended)
    if (script.leave === 'stay' && !ended()) throw new Error(`was still open after ${SILENCE_S} s of silence`)
    const byHub = over
    if (script.leave !== 'stay') wire.leave(script.leave)
    const code = await this.inTime('closing', wire.closed)
    const key = byHub || script.kind === 'bytes' ? (code ?? 'none') : 'none'
    this.closes.set(key, (this.closes.get(key) ?? 0) + 1)
    await this.#until('the end of the session', () => ended() && this.held <= 1)
    await this.inTime('an answer to the witness', witness.alive())
    await this.clock.advance(1_000)
  }

  /** Sends texts and a ping, which is answered unless the connection is closed. */
  async #say(wire: Wire, pieces: readonly string[], last: string): Promise<void> {
    const answered = Promise.withResolvers<void>()
    const mark = `"id":"${last}"`
    wire.onAnswer = text => {
      this.answers += 1
      if (text.includes(mark)) answered.resolve()
    }
    for (const text of pieces) wire.text(text)
    wire.text(`{"type":"ping",${mark}}`)
    this.texts += pieces.length + 1
    await this.inTime('an answer or a close', Promise.race([answered.promise, wire.closed]))
  }

  async #pour(wire: Wire, pieces: readonly Buffer[], tears: number): Promise<void> {
    wire.onAnswer = () => {
      this.answers += 1
    }
    for (const piece of pieces) {
      this.bytes += 1
      const length = Math.max(1, Math.ceil(piece.length / tears))
      for (let at = 0; at < piece.length; at += length) {
        wire.bytes(piece.subarray(at, at + length))
        if (tears > 1) await turn()
      }
    }
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    const over = new AbortController()
    const held = async (): Promise<void> => {
      while (!over.signal.aborted && !holds()) await turn()
    }
    try {
      await this.inTime(what, held())
    } finally {
      over.abort()
    }
  }
}

/** Storms a hub until so many frames are sent or something goes wrong. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const { transport, frames, seed, maxGrowthMB = 8 } = options
  const began = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-fuzz-'))
  const it = new Storm(options)
  const { hub, failures } = it
  const forget = noteUnhandled(what => failures.push(what))
  let before = Number.NaN
  let after = Number.NaN
  try {
    const dial = await open(hub, transport, join(folder, 'fuzz.sock'))
    const witness = new Witness(await dial(0))
    await it.inTime('joining', witness.enter())
    const warmUp = Math.min(WARM_UP, frames / 4)
    for (const { script, batchSeed } of scriptsFor(transport, seed)) {
      const sent = it.texts + it.bytes
      if (Number.isNaN(before) && sent >= warmUp) {
        await it.pass(FORGOTTEN_S, witness)
        before = heapMB()
      }
      if (sent >= frames || failures.length > 0) break
      await it.connect(dial, script, witness).catch((error: unknown) => {
        const where = `connection ${it.connections} (begin there with --seed ${batchSeed})`
        failures.push(`${where}: ${String(error)}\n${describe(script)}`)
      })
    }
    if (failures.length === 0) {
      await it.pass(FORGOTTEN_S, witness)
      after = heapMB()
      await it.inTime('the goodbye of the witness', witness.leave())
      await it.pass(FORGOTTEN_S)
      const { sessions, identities, rooms } = hub.stats()
      if (sessions + identities + rooms + it.held > 0)
        failures.push(`left: ${JSON.stringify({ ...hub.stats(), connections: it.held })}`)
      if (after - before > maxGrowthMB) failures.push(`grew by ${(after - before).toFixed(1)} MB`)
    }
  } catch (error) {
    failures.push(String(error))
  } finally {
    const closing = hub.close({ windowMs: 0 })
    await it.pass(SILENCE_S)
    await it.inTime('closing the hub', closing).catch((error: unknown) => failures.push(String(error)))
    forget()
    rmSync(folder, { recursive: true })
  }
  const { texts, bytes, handled, connections, answers, closes } = it
  const seconds = (performance.now() - began) / 1_000
  const growthMB = after - before
  return { transport, seed, texts, bytes, handled, connections, answers, closes, growthMB, seconds, failures }
}

/** A script in words that fit a screen. */
function describe({ kind, enters, leave, pieces }: Script): string {
  const shown = pieces.map(piece => (typeof piece === 'string' ? piece : piece.toString('hex')))
  return `${kind}, enters: ${enters}, leaves: ${leave}\n${shown.map(each => `  ${each.slice(0, 200)}`).join('\n')}`
}
