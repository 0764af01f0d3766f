/** What the keys do to a session. */
import type { InputEvent } from '../terminal/decode.ts'
import { sanitizeName } from '../terminal/sanitize.ts'
import { completeName } from './editor/complete.ts'
import { type EditAction, edit, insert, isEditAction, moveLine, replace } from './editor/editor.ts'
import { emptyHistory, remember, step } from './editor/history.ts'
import { type Command, commandOf } from './keymap.ts'
import type { ChatSession } from './session.ts'

/** Longest text that the protocol takes, in characters. */
export const MAX_TEXT = 4_000

/** What keys can ask for beyond the session. */
export interface ControlsOptions {
  /** The user wants to leave. */
  readonly onQuit: () => void
  /** The user wants the whole screen drawn again. */
  readonly onRedraw: () => void
}

/** Turns the acts of the user into acts of the session. */
export class Controls {
  readonly #session: ChatSession
  readonly #options: ControlsOptions
  #history = emptyHistory

  constructor(session: ChatSession, options: ControlsOptions) {
    this.#session = session
    this.#options = options
  }

  /** One act of the user. */
  handle(event: InputEvent): void {
    if (event.kind !== 'key') {
      this.#insert(event.text)
      return
    }
    const command = commandOf(event.key)
    if (typeof command === 'number') this.#session.show(command - 1)
    else if (command !== undefined) this.#perform(command)
  }

  #insert(text: string): void {
    const session = this.#session
    session.editor = insert(session.editor, session.join ? text.replaceAll('\n', '') : text)
    if (!session.join && !session.editor.text.startsWith('/')) session.current.room.typing()
  }

  #perform(command: Command): void {
    const session = this.#session
    if (!isEditAction(command)) this.#acts[command]()
    else if (!session.join || command !== 'newline') session.editor = edit(session.editor, command)
  }

  readonly #acts: Readonly<Record<Exclude<Command, EditAction>, () => void>> = {
    send: () => {
      if (this.#session.join) this.#acceptJoin()
      else this.#send()
    },
    older: () => this.#arrow(-1),
    newer: () => this.#arrow(1),
    'page-up': () => this.#scroll(-1),
    'page-down': () => this.#scroll(1),
    'to-end': () => {
      const session = this.#session
      if (session.editor.text === '') session.current.viewport.toEnd()
      else session.editor = edit(session.editor, 'end')
    },
    'next-room': () => this.#turn(1),
    'previous-room': () => this.#turn(-1),
    'next-unread': () => {
      const { rooms } = this.#session
      const mentioned = rooms.findIndex(each => each.mentions > 0)
      this.#session.show(mentioned === -1 ? rooms.findIndex(each => each.unread > 0) : mentioned)
    },
    join: () => this.#session.openJoin(),
    leave: () => this.#session.leave(),
    people: () => {
      const session = this.#session
      if (session.wide) session.sidebar = !session.sidebar
      else session.panel = session.panel === 'people' ? 'none' : 'people'
    },
    help: () => {
      this.#session.panel = this.#session.panel === 'help' ? 'none' : 'help'
    },
    interrupt: () => {
      const session = this.#session
      if (session.join) session.closeJoin()
      else if (session.panel !== 'none') session.panel = 'none'
      else if (session.editor.text !== '') session.editor = edit(session.editor, 'clear')
      else this.#options.onQuit()
    },
    'end-of-input': () => {
      const session = this.#session
      if (session.editor.text !== '') session.editor = edit(session.editor, 'delete')
      else if (session.join) session.closeJoin()
      else this.#options.onQuit()
    },
    complete: () => {
      if (this.#session.join) this.#session.join.complete()
      else this.#completeName()
    },
    escape: () => {
      const session = this.#session
      if (session.join) session.closeJoin()
      else if (session.panel === 'none') session.current.viewport.toEnd()
      else session.panel = 'none'
    },
    redraw: () => this.#options.onRedraw(),
  }

  #send(): void {
    const session = this.#session
    const { current } = session
    const { text } = current.editor
    if (text.trim() === '') return
    const length = Array.from(text).length
    if (length > MAX_TEXT) {
      session.say(`A message has at most ${MAX_TEXT} characters; this has ${length}`)
      return
    }
    if (current.status === 'left') {
      session.say('You are not in this room. Ctrl+O joins it.')
      return
    }
    current.editor = replace(current.editor, '')
    this.#history = remember(this.#history, text)
    void current.send(text)
  }

  /** Within the text first, then among what was sent before. */
  #arrow(direction: -1 | 1): void {
    const session = this.#session
    if (session.join) {
      session.join.select(direction)
      return
    }
    const moved = moveLine(session.editor, direction)
    if (moved) {
      session.editor = moved
      return
    }
    const stepped = step(this.#history, direction, session.editor.text)
    if (!stepped) return
    this.#history = stepped.history
    session.editor = replace(session.editor, stepped.text)
  }

  #completeName(): void {
    const session = this.#session
    const others = session.current.members.filter(each => each.id !== session.me?.id)
    const names = others.map(each => sanitizeName(each.name))
    session.editor = completeName(session.editor, names) ?? session.editor
  }

  #turn(by: -1 | 1): void {
    const { rooms, currentIndex } = this.#session
    this.#session.show((currentIndex + by + rooms.length) % rooms.length)
  }

  #scroll(direction: -1 | 1): void {
    const { current, layout, pageHeight } = this.#session
    // Two rows of the page before stay in sight.
    current.viewport.scroll(direction * Math.max(1, pageHeight - 2), layout, pageHeight)
    if (direction === -1 && current.viewport.view(layout, pageHeight).atTop) void current.loadOlder()
  }

  #acceptJoin(): void {
    const session = this.#session
    const room = session.join?.choice
    session.closeJoin()
    if (room !== undefined) session.openRoom(room)
  }
}
