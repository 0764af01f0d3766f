/** One joined room as this client shows it: follows the subscription and keeps what is on its tab. */
import type { Clock } from '@hubbub/hub'
import type { ClientRoom, Delivery, Member, Unsubscribe } from '@hubbub/hub/client'
import { fateOf } from '../net/failures.ts'
import { sanitizeName } from '../terminal/sanitize.ts'
import { type Editor, emptyEditor } from './editor/editor.ts'
import type { Me } from './transcript/entry.ts'
import { Transcript } from './transcript/transcript.ts'
import { Viewport } from './transcript/viewport.ts'

/** How long "… is typing" stays after the last sign of it. */
const TYPING_MS = 6_000
/** Messages asked for at a time. */
const PAGE = 100

/** What a room's view needs from the session around it. */
export interface RoomContext {
  readonly clock: Clock
  readonly me: () => Me | undefined
  /** Whether this room is the one on the screen. */
  readonly isCurrent: () => boolean
  /** Something to see has changed. */
  readonly onChange: () => void
  /** Tells the user something beside the transcript. */
  readonly say: (text: string) => void
}

/** Follows one room until `close`. */
export class RoomView {
  readonly room: ClientRoom
  /** The room's name, harmless. */
  readonly name: string
  readonly transcript = new Transcript()
  readonly viewport = new Viewport(this.transcript)
  /** What is being written here. */
  editor: Editor = emptyEditor
  unread = 0
  mentions = 0
  status: 'joining' | 'joined' | 'left' = 'joining'
  members: readonly Member[]
  count: number
  /** A page of history is on its way. */
  loading = false

  readonly #context: RoomContext
  readonly #typing = new Map<string, { readonly name: string; readonly cancel: () => void }>()
  readonly #ends: Unsubscribe[]
  readonly #closed = new AbortController()

  constructor(room: ClientRoom, context: RoomContext) {
    this.room = room
    this.name = sanitizeName(room.name)
    this.members = room.members
    this.count = room.count
    this.#context = context
    this.#ends = [
      room.on('delivery', delivery => {
        this.#receive(delivery)
      }),
      room.on('joined', ({ members, count }) => {
        this.status = 'joined'
        this.#setPeople(members, count)
      }),
      room.on('presence', ({ members, count }) => {
        this.#setPeople(members, count)
      }),
      room.on('typing', user => {
        this.#showTyping(user)
      }),
      room.on('left', reason => {
        this.#end(reason)
      }),
    ]
    void this.#follow()
  }

  /** Names of those who are writing, harmless. */
  get typing(): readonly string[] {
    return Array.from(this.#typing.values(), each => each.name)
  }

  /** The user looks at this room now. */
  open(): void {
    this.unread = 0
    this.mentions = 0
  }

  /** The user looks elsewhere: what comes from now on is new. */
  leaveView(): void {
    const last = this.transcript.at(this.transcript.length - 1)
    this.viewport.unread = last && { after: last, count: 0 }
  }

  /** Posts a text or a command. */
  async send(text: string): Promise<void> {
    const id = crypto.randomUUID()
    const { clock, me } = this.#context
    this.viewport.unread = undefined
    this.viewport.toEnd()
    this.transcript.send(id, text, clock.now(), me()?.name ?? 'me')
    try {
      this.transcript.settle(await this.room.publish(text, { id, signal: this.#closed.signal }))
    } catch (error) {
      if (this.#closed.signal.aborted) return
      this.transcript.refuse(id, wordsOf(error), clock.now(), fateOf(error))
    }
    this.#context.onChange()
  }

  /** Asks for older messages, unless that is under way or pointless. */
  async loadOlder(): Promise<void> {
    const { transcript } = this
    if (this.loading || transcript.complete || transcript.full || this.status !== 'joined') return
    this.loading = true
    const before = transcript.oldestSeq
    try {
      const page = await this.room.history({
        ...(before === undefined ? {} : { before }),
        limit: PAGE,
        signal: this.#closed.signal,
      })
      transcript.prepend(page.messages, page.complete, this.#context.me())
    } catch (error) {
      if (this.#closed.signal.aborted) return
      this.#context.say(`Older messages could not be had: ${wordsOf(error)}`)
    } finally {
      this.loading = false
    }
    this.#context.onChange()
  }

  /** Stops following. The subscription stays: it is the client's. */
  close(): void {
    this.#closed.abort()
    for (const end of this.#ends) end()
    for (const { cancel } of this.#typing.values()) cancel()
    this.#typing.clear()
  }

  async #follow(): Promise<void> {
    try {
      await this.room.ready
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#end(wordsOf(error))
      return
    }
    if (this.#closed.signal.aborted) return
    this.status = 'joined'
    this.#setPeople(this.room.members, this.room.count)
    // Somebody may have joined before this view was there to listen.
    if (this.transcript.oldestSeq === undefined) await this.loadOlder()
  }

  #receive(delivery: Delivery): void {
    const { clock, me, isCurrent, onChange } = this.#context
    const entry = this.transcript.receive(delivery, me(), clock.now())
    if (entry.kind === 'message' && entry.role === 'person' && delivery.kind === 'message')
      this.#hideTyping(delivery.message.author.id)
    if (!isCurrent() && entry.kind === 'message' && entry.role !== 'me') {
      this.unread += 1
      if (entry.mention) this.mentions += 1
      const mark = this.viewport.unread
      if (mark) this.viewport.unread = { ...mark, count: mark.count + 1 }
    }
    onChange()
  }

  #setPeople(members: readonly Member[], count: number): void {
    this.members = members
    this.count = count
    this.#context.onChange()
  }

  #showTyping(user: { readonly id: string; readonly name: string }): void {
    const { clock, me, onChange } = this.#context
    if (user.id === me()?.id) return
    this.#typing.get(user.id)?.cancel()
    const cancel = clock.setTimer(() => {
      this.#hideTyping(user.id)
      onChange()
    }, TYPING_MS)
    this.#typing.set(user.id, { name: sanitizeName(user.name), cancel })
    onChange()
  }

  #hideTyping(id: string): void {
    this.#typing.get(id)?.cancel()
    this.#typing.delete(id)
  }

  /** A refused join may be told twice: as its answer, and as the end of the subscription. */
  #end(why: string): void {
    if (this.status === 'left') return
    const what = this.status === 'joined' ? 'You are no longer in this room' : 'You could not join this room'
    this.status = 'left'
    this.transcript.notice('error', `${what}: ${why}`, this.#context.clock.now())
    this.#context.onChange()
  }
}

/** What to tell the user about a failed request: the server's own words where it sent any. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const wait = 'retryAfterMs' in error ? error.retryAfterMs : undefined
  const again = typeof wait === 'number' ? ` (try again in ${Math.ceil(wait / 1_000)} s)` : ''
  return `${error.message}${again}`
}
