import type { Cancel } from '../../clock.ts'
import type { Appended, Draft, MessageLog, Page, Position, Range } from '../../log.ts'
import { explain, SqliteLogError } from './errors.ts'
import type { ResolvedSqliteLogOptions } from './options.ts'
import { type Open, Store } from './store.ts'

/** Messages of one transaction at most: some milliseconds, so that nobody else waits for longer. */
const BATCH = 500
/** How long a file that could not be used is left alone before it is opened anew. */
const REOPEN_MS = 250
/** Between two steps of the sweep, and between two sweeps. */
const STEP_MS = 10
const SWEEP_MS = 10_000

interface Call {
  readonly room: string
  readonly drafts: readonly Draft[]
  readonly resolve: (appended: readonly Appended[]) => void
  readonly reject: (error: unknown) => void
}

/** A log in a SQLite file: appends of one turn in one transaction, answered in the order of the calls. */
export class SqliteLog implements MessageLog {
  readonly id: string
  readonly shared = false
  readonly durable = true
  readonly #options: ResolvedSqliteLogOptions
  readonly #open: Open | undefined
  #store: Store | undefined
  #failure: { readonly error: unknown; readonly at: number } | undefined
  #calls: Call[] = []
  #flush: Cancel | undefined
  #sweep: Cancel | undefined
  #closed = false

  constructor(options: ResolvedSqliteLogOptions, open?: Open) {
    this.#options = options
    this.#open = open
    this.#store = new Store(options, undefined, open)
    this.id = this.#store.id
    const { messagesPerRoom, ageMs } = options.retention
    if (messagesPerRoom !== Infinity || ageMs !== Infinity) this.#sweepIn(SWEEP_MS)
  }

  append(room: string, drafts: readonly Draft[]): Promise<readonly Appended[]> {
    if (this.#closed) return Promise.reject(this.#isClosed())
    const { promise, resolve, reject } = Promise.withResolvers<readonly Appended[]>()
    this.#calls.push({ room, drafts, resolve, reject })
    this.#schedule()
    return promise
  }

  read(room: string, range: Range): Page | Promise<Page> {
    return this.#answer(store => store.read(room, range, this.#options.clock.now()))
  }

  positions(rooms: readonly string[]): readonly Position[] | Promise<readonly Position[]> {
    return this.#answer(store => store.positions(rooms))
  }

  /** Writes and answers what was appended, and releases the file. Idempotent; nothing can be asked afterwards. */
  close(): void {
    if (this.#closed) return
    while (this.#calls.length > 0) this.#write()
    this.#closed = true
    this.#flush?.()
    this.#sweep?.()
    const store = this.#store
    this.#store = undefined
    try {
      store?.close()
    } catch {
      // The file is closed all the same. All that was acknowledged is in it, or in the log written ahead.
    }
  }

  #schedule(): void {
    this.#flush ??= this.#options.scheduler.defer(() => {
      this.#flush = undefined
      this.#write()
      if (this.#calls.length > 0) this.#schedule()
    })
  }

  /** Writes the first calls that wait, at least one and as many as make a batch. */
  #write(): void {
    let count = 0
    let messages = 0
    for (const { drafts } of this.#calls) {
      if (count > 0 && messages + drafts.length > BATCH) break
      count += 1
      messages += drafts.length
    }
    const calls = this.#calls.slice(0, count)
    this.#calls = this.#calls.slice(count)
    this.#commit(calls)
  }

  #commit(calls: readonly Call[]): void {
    let answers: readonly (readonly Appended[])[]
    try {
      const now = this.#options.clock.now()
      answers = this.#use(store => store.append(calls, now))
    } catch (error) {
      // What is wrong with one call must not be the others' trouble; what is wrong with the disk is everybody's.
      if (calls.length > 1 && error instanceof SqliteLogError && error.code === 'not-storable')
        for (const call of calls) this.#commit([call])
      else for (const { reject } of calls) reject(error)
      return
    }
    for (const [i, { resolve }] of calls.entries()) resolve(answers[i] ?? [])
  }

  #answer<T>(ask: (store: Store) => T): T | Promise<T> {
    try {
      return this.#use(ask)
    } catch (error) {
      return Promise.reject(explain(this.#options.path, error))
    }
  }

  /** Opens the file anew where the last failure asks for it, so that the log is back when its disk is. */
  #use<T>(act: (store: Store) => T): T {
    if (this.#closed) throw this.#isClosed()
    const { clock } = this.#options
    if (!this.#store) {
      if (this.#failure && clock.monotonic() - this.#failure.at < REOPEN_MS) throw this.#failure.error
      try {
        this.#store = new Store(this.#options, this.id, this.#open)
      } catch (error) {
        this.#failure = { error, at: clock.monotonic() }
        throw error
      }
    }
    const store = this.#store
    try {
      return act(store)
    } catch (error) {
      if (store.broken) {
        this.#failure = { error, at: clock.monotonic() }
        this.#drop(store)
      }
      throw error
    }
  }

  #drop(store: Store): void {
    this.#store = undefined
    try {
      store.close()
    } catch {
      // It was of no use any more, which is why it is closed.
    }
  }

  #sweepIn(ms: number): void {
    const { clock } = this.#options
    this.#sweep = clock.setTimer(() => {
      let done = true
      try {
        done = this.#use(store => store.sweep(clock.now()))
      } catch {
        // Nothing is lost by sweeping later; who appends or reads is told what is wrong.
      }
      this.#sweepIn(done ? SWEEP_MS : STEP_MS)
    }, ms)
  }

  #isClosed(): SqliteLogError {
    return new SqliteLogError('closed', this.#options.path, 'is closed')
  }
}
