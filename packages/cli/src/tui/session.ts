/** The running chat: its rooms, its panel, its input. Knows nothing of terminals; `frame.ts` draws it. */
import type { Clock } from '@hubbub/hub'
import type { Client, ClientState, Unsubscribe } from '@hubbub/hub/client'
import type { Editor } from './editor/editor.ts'
import { JoinPrompt } from './join-prompt.ts'
import { RoomView, wordsOf } from './room-view.ts'
import { Calendar } from './transcript/calendar.ts'
import type { Me } from './transcript/entry.ts'
import { Layout } from './transcript/layout.ts'

/** How long a remark stays in the status line. */
const REMARK_MS = 4_000

/** What a session needs. */
export interface SessionOptions {
  readonly client: Client
  /** The first room. */
  readonly room: string
  /** What the rooms bar says about where this is. */
  readonly address: string
  readonly clock: Clock
  /** A line for the top of the transcript. */
  readonly notice?: string | undefined
  /** IANA name; the machine's where absent. */
  readonly timeZone?: string | undefined
  /** Something to see has changed, by the network or by time. */
  readonly onChange: () => void
}

/** A chat with one user. `close` ends its subscriptions, not the client. */
export class ChatSession {
  readonly address: string
  readonly clock: Clock
  readonly calendar: Calendar
  /** Never empty: the last room cannot be left. */
  readonly rooms: RoomView[] = []
  panel: 'none' | 'help' | 'people' = 'none'
  /** The side list of wide screens. */
  sidebar = true
  join: JoinPrompt | undefined
  /** What the status line says for a moment. */
  remark: string | undefined
  connection: ClientState
  /** When `connection` began, in the clock's monotonic time. */
  since: number
  /** Set by whoever draws: what a row and a page are. */
  layout: Layout
  pageHeight = 20
  /** Whether the screen has room for the side list. */
  wide = false

  readonly #options: SessionOptions
  #current = 0
  #me: Me | undefined
  #cancelRemark = (): void => {}
  #cancelTick = (): void => {}
  readonly #ends: Unsubscribe[]

  constructor(options: SessionOptions) {
    this.#options = options
    this.address = options.address
    this.clock = options.clock
    this.calendar = new Calendar(options.timeZone)
    this.layout = new Layout({ columns: 80, calendar: this.calendar })
    this.connection = options.client.state
    this.since = this.clock.monotonic()
    this.#ends = [
      options.client.on('state', state => {
        this.#setConnection(state)
      }),
      options.client.on('error', error => {
        this.current.transcript.notice('error', `The server says: ${wordsOf(error)}`, this.clock.now())
        this.#options.onChange()
      }),
    ]
    this.openRoom(options.room)
    if (options.notice !== undefined) this.current.transcript.notice('info', options.notice, this.clock.now())
    this.#setConnection(this.connection)
  }

  get current(): RoomView {
    const room = this.rooms[this.#current]
    if (!room) throw new Error('a session always has a room')
    return room
  }

  get currentIndex(): number {
    return this.#current
  }

  /** Who I am, once the server has said so. */
  get me(): Me | undefined {
    return this.#me
  }

  /** Publishes without an answer. */
  get pending(): number {
    return this.#options.client.pending
  }

  /** What the input line edits: the room's text, or the prompt. */
  get editor(): Editor {
    return this.join?.editor ?? this.current.editor
  }

  set editor(editor: Editor) {
    if (this.join) this.join.setEditor(editor)
    else this.current.editor = editor
  }

  /** Asks which room to join. */
  openJoin(): void {
    this.closeJoin()
    this.panel = 'none'
    this.join = new JoinPrompt(this.#options.client, this.#options.onChange)
  }

  closeJoin(): void {
    this.join?.close()
    this.join = undefined
  }

  /** Joins a room and shows it; a room that is open is only shown. */
  openRoom(name: string): void {
    const open = this.rooms.findIndex(each => each.room.name === name && each.status !== 'left')
    if (open !== -1) {
      this.show(open)
      return
    }
    const { client, clock, onChange } = this.#options
    const gone = this.rooms.findIndex(each => each.room.name === name)
    const view: RoomView = new RoomView(client.join(name), {
      clock,
      me: () => this.#me,
      isCurrent: () => this.rooms[this.#current] === view,
      onChange,
      say: text => this.say(text),
    })
    if (gone === -1) this.rooms.push(view)
    else {
      this.rooms[gone]?.close()
      this.rooms[gone] = view
    }
    this.show(this.rooms.indexOf(view))
  }

  /** Shows the room at an index; does nothing where there is none. */
  show(index: number): void {
    if (!this.rooms[index]) return
    if (index !== this.#current) this.current.leaveView()
    this.#current = index
    this.current.open()
  }

  /** Says something in the status line for a moment. */
  say(text: string): void {
    this.#cancelRemark()
    this.remark = text
    this.#cancelRemark = this.clock.setTimer(() => {
      this.remark = undefined
      this.#options.onChange()
    }, REMARK_MS)
    this.#options.onChange()
  }

  /** Ends timers and subscriptions. Idempotent. */
  close(): void {
    this.#cancelRemark()
    this.#cancelTick()
    this.closeJoin()
    for (const end of this.#ends) end()
    for (const room of this.rooms) room.close()
  }

  /** Leaves the current room, unless it is the only one. */
  leave(): void {
    if (this.rooms.length === 1) {
      this.say('This is your only room. Ctrl+C on an empty line quits.')
      return
    }
    const { current } = this
    this.rooms.splice(this.#current, 1)
    this.#current = Math.min(this.#current, this.rooms.length - 1)
    this.current.open()
    current.close()
    current.room.leave().catch((error: unknown) => {
      this.say(`Leaving ${current.name}: ${wordsOf(error)}`)
    })
  }

  #setConnection(state: ClientState): void {
    this.connection = state
    this.since = this.clock.monotonic()
    if (state.status === 'online') this.#me = state.user
    this.#cancelTick()
    if (state.status === 'waiting') this.#tick()
    this.#options.onChange()
  }

  /** The seconds to the next attempt are counted down on the screen. */
  #tick(): void {
    this.#cancelTick = this.clock.setTimer(() => {
      this.#options.onChange()
      this.#tick()
    }, 1_000)
  }
}
