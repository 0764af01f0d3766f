/** Asks which room to join: what is typed, and the rooms there are that begin like it. */
import type { Client } from '@hubbub/hub/client'
import { sanitizeName } from '../terminal/sanitize.ts'
import { type Editor, emptyEditor, replace } from './editor/editor.ts'

/** A room that the server has. */
export interface RoomChoice {
  readonly name: string
  readonly count: number
}

/** The prompt while it is open. */
export class JoinPrompt {
  editor: Editor = emptyEditor
  /** What the panel says while there is no list. */
  state: 'loading' | 'ready' | 'failed' = 'loading'
  #rooms: readonly RoomChoice[] = []
  #selected: number | undefined
  readonly #closed = new AbortController()

  constructor(client: Client, onChange: () => void) {
    client.rooms({ signal: this.#closed.signal }).then(
      rooms => {
        if (this.#closed.signal.aborted) return
        this.#rooms = rooms.toSorted((a, b) => b.count - a.count || a.name.localeCompare(b.name))
        this.state = 'ready'
        onChange()
      },
      () => {
        if (this.#closed.signal.aborted) return
        this.state = 'failed'
        onChange()
      },
    )
  }

  /** Rooms that begin with what is typed, the fullest first. */
  get matches(): readonly RoomChoice[] {
    const typed = roomName(this.editor.text).toLowerCase()
    return this.#rooms.filter(room => room.name.toLowerCase().startsWith(typed))
  }

  /** Index in `matches` of the marked room. */
  get selected(): number | undefined {
    return this.#selected
  }

  /** The room that Enter joins; undefined where nothing is typed and nothing marked. */
  get choice(): string | undefined {
    const marked = this.#selected === undefined ? undefined : this.matches[this.#selected]
    return (marked?.name ?? roomName(this.editor.text)) || undefined
  }

  setEditor(editor: Editor): void {
    this.editor = editor
    this.#selected = undefined
  }

  /** Marks the next (1) or the previous (-1) room. */
  select(direction: -1 | 1): void {
    const { length } = this.matches
    if (length === 0) return
    const from = this.#selected ?? (direction === 1 ? -1 : 0)
    this.#selected = (from + direction + length) % length
  }

  /** Types the rest of the first match. */
  complete(): void {
    const [first] = this.matches
    if (first) this.setEditor(replace(this.editor, sanitizeName(first.name) === first.name ? first.name : ''))
  }

  /** The answer of the server is no longer wanted. */
  close(): void {
    this.#closed.abort()
  }
}

/** People write `#general` for the room `general`. */
const roomName = (typed: string): string => typed.trim().replace(/^#/, '')
