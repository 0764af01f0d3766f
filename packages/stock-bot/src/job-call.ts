import type { Command, Person } from './broker/broker.ts'
import { REPLY_MS } from './budget.ts'
import type { Call } from './command.ts'

/** A command as whoever runs it sees it. Its signal is not made before somebody reads it. */
export class JobCall implements Call {
  readonly id: string
  readonly name: string
  readonly text: string
  readonly room: string
  readonly author: Person
  /** Nearer once it runs, where the command's timeout is. */
  deadline: number
  readonly #source: { readonly signal: AbortSignal }

  constructor(command: Command, name: string, source: { readonly signal: AbortSignal }) {
    this.id = command.id
    this.name = name
    this.text = command.args
    this.room = command.room
    this.author = command.author
    this.deadline = command.deadline - REPLY_MS
    this.#source = source
  }

  get signal(): AbortSignal {
    return this.#source.signal
  }
}
