/** The running chat: its rooms, its panel, its input. Knows nothing of terminals; `frame.ts` draws it. */
import type { Clock } from '@hubbub/hub'
import type { Client, ClientState, Unsubscribe } from '@hubbub/hub/client'
import { sanitizeName } from '../terminal/sanitize.ts'
import type { InputEvent } from '../terminal/decode.ts'
import { completeName } from './editor/complete.ts'
import { type Editor, edit, insert, isEditAction, moveLine, replace } from './editor/editor.ts'
import { emptyHistory, remember, step } from './editor/history.ts'
import { JoinPrompt } from './join-prompt.ts'
import { type Command, commandOf } from './keymap.ts'
import { RoomView, wordsOf } from './room-view.ts'
import { Calendar } from './transcript/calendar.ts'
import type { Me } from './transcript/entry.ts'
import { Layout } from './transcript/layout.ts'

/** Longest text that the protocol takes, in characters. */
export const MAX_TEXT = 4_000
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
  /** Something to see has changed: `now` after a key, `soon` for what comes from the network. */
  readonly onChange: (when: 'now' | 'soon') => void
  /** The user wants to leave. */
  readonly onQuit: () => void
  /** The user wants the whole screen drawn again. */
  readonly onRedraw: () => void
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
  /** Set by whoever draws: what a page is. */
  layout: Layout
  pageHeight = 20
  /** Whether the screen has room for the side list. */
  wide = false

  readonly #options: SessionOptions
  #current = 0
  #me: Me | undefined
  #history = emptyHistory
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
        this.#options.onChange('soon')
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

  /** One act of the user. */
  handle(event: InputEvent): void {
    if (event.kind === 'key') {
      const command = commandOf(event.key)
      if (typeof command === 'number') this.show(command - 1)
      else if (command !== undefined) this.#perform(command)
    } else this.#insert(event.text)
    this.#options.onChange('now')
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
      onChange: () => onChange('soon'),
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
      this.#options.onChange('soon')
    }, REMARK_MS)
    this.#options.onChange('soon')
  }

  /** Ends timers and subscriptions. Idempotent. */
  close(): void {
    this.#cancelRemark()
    this.#cancelTick()
    this.join?.close()
    for (const end of this.#ends) end()
    for (const room of this.rooms) room.close()
  }

  #setEditor(editor: Editor): void {
    if (this.join) this.join.setEditor(editor)
    else this.current.editor = editor
  }

  #insert(text: string): void {
    this.#setEditor(insert(this.editor, this.join ? text.replaceAll('\n', '') : text))
    if (!this.join && !this.editor.text.startsWith('/')) this.current.room.typing()
  }

  #perform(command: Command): void {
    if (isEditAction(command)) {
      if (!this.join || command !== 'newline') this.#setEditor(edit(this.editor, command))
      return
    }
    this.#acts[command]()
  }

  readonly #acts: Readonly<Record<Exclude<Command, Parameters<typeof edit>[1]>, () => void>> = {
    send: () => {
      if (this.join) this.#acceptJoin()
      else this.#send()
    },
    older: () => this.#arrow(-1),
    newer: () => this.#arrow(1),
    'page-up': () => this.#scroll(-1),
    'page-down': () => this.#scroll(1),
    'to-end': () => {
      if (this.editor.text === '') this.current.viewport.toEnd()
      else this.#setEditor(edit(this.editor, 'end'))
    },
    'next-room': () => this.show((this.#current + 1) % this.rooms.length),
    'previous-room': () => this.show((this.#current + this.rooms.length - 1) % this.rooms.length),
    'next-unread': () => {
      const mentioned = this.rooms.findIndex(each => each.mentions > 0)
      this.show(mentioned === -1 ? this.rooms.findIndex(each => each.unread > 0) : mentioned)
    },
    join: () => {
      this.panel = 'none'
      this.join?.close()
      this.join = new JoinPrompt(this.#options.client, () => this.#options.onChange('soon'))
    },
    leave: () => this.#leave(),
    people: () => {
      if (this.wide) this.sidebar = !this.sidebar
      else this.panel = this.panel === 'people' ? 'none' : 'people'
    },
    help: () => {
      this.panel = this.panel === 'help' ? 'none' : 'help'
    },
    interrupt: () => {
      if (this.join) this.#endJoin()
      else if (this.panel !== 'none') this.panel = 'none'
      else if (this.editor.text !== '') this.#setEditor(edit(this.editor, 'clear'))
      else this.#options.onQuit()
    },
    'end-of-input': () => {
      if (this.editor.text !== '') this.#setEditor(edit(this.editor, 'delete'))
      else if (this.join) this.#endJoin()
      else this.#options.onQuit()
    },
    complete: () => {
      if (this.join) this.join.complete()
      else this.#completeName()
    },
    escape: () => {
      if (this.join) this.#endJoin()
      else if (this.panel === 'none') this.current.viewport.toEnd()
      else this.panel = 'none'
    },
    redraw: () => this.#options.onRedraw(),
  }

  #send(): void {
    const { current } = this
    const { text } = current.editor
    if (text.trim() === '') return
    const length = Array.from(text).length
    if (length > MAX_TEXT) {
      this.say(`A message has at most ${MAX_TEXT} characters; this has ${length}`)
      return
    }
    if (current.status === 'left') {
      this.say('You are not in this room any more. Ctrl+O joins it again.')
      return
    }
    current.editor = replace(current.editor, '')
    this.#history = remember(this.#history, text)
    void current.send(text)
  }

  #arrow(direction: -1 | 1): void {
    if (this.join) {
      this.join.select(direction)
      return
    }
    const moved = moveLine(this.editor, direction)
    if (moved) {
      this.#setEditor(moved)
      return
    }
    const stepped = step(this.#history, direction, this.editor.text)
    if (!stepped) return
    this.#history = stepped.history
    this.#setEditor(replace(this.editor, stepped.text))
  }

  #completeName(): void {
    const others = this.current.members.filter(each => each.id !== this.#me?.id)
    const completed = completeName(
      this.editor,
      others.map(each => sanitizeName(each.name)),
    )
    if (completed) this.#setEditor(completed)
  }

  #scroll(direction: -1 | 1): void {
    const { viewport } = this.current
    viewport.scroll(direction * Math.max(1, this.pageHeight - 2), this.layout, this.pageHeight)
    if (direction === -1 && viewport.view(this.layout, this.pageHeight).atTop) void this.current.loadOlder()
  }

  #acceptJoin(): void {
    const room = this.join?.choice
    this.#endJoin()
    if (room !== undefined) this.openRoom(room)
  }

  #endJoin(): void {
    this.join?.close()
    this.join = undefined
  }

  #leave(): void {
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
    this.#options.onChange('soon')
  }

  /** The seconds to the next attempt are counted down on the screen. */
  #tick(): void {
    this.#cancelTick = this.clock.setTimer(() => {
      this.#options.onChange('soon')
      this.#tick()
    }, 1_000)
  }
}
