import { systemClock } from '@hubbub/hub'
import { type Client, type ClientError, type ClientRoom, createClient } from '@hubbub/hub/client'
import type { Asked } from './verdict.ts'

/** One user of the room, who gives commands at a steady pace and writes down all that comes. */
export class Asker {
  readonly asked = new Map<string, Asked>()
  /** What bots said, by the id of the command that it answers. */
  readonly shown = new Map<string, string[]>()
  /** Errors that nobody asked for. */
  readonly troubles: string[] = []
  /** Called with each command of this user's that is answered. */
  onAnswer: ((asked: Asked) => void) | undefined
  readonly #name: string
  readonly #client: Client
  readonly #room: ClientRoom
  #stop: (() => void) | undefined

  constructor(url: string, name: string) {
    this.#name = name
    this.#client = createClient({ url, name })
    this.#client.on('error', error => this.troubles.push(String(error)))
    this.#room = this.#client.join('general', { last: 0 })
    this.#room.on('left', reason => this.troubles.push(`left: ${reason}`))
    this.#room.on('delivery', delivery => {
      if (delivery.kind !== 'message') {
        this.troubles.push(JSON.stringify(delivery))
        return
      }
      const { replyTo = '', text } = delivery.message
      const texts = this.shown.get(replyTo) ?? []
      this.shown.set(replyTo, [...texts, text])
      const mine = this.asked.get(replyTo)
      if (mine) this.onAnswer?.(mine)
    })
  }

  get ready(): Promise<void> {
    return this.#room.ready
  }

  /** Gives a command every `ms`, whether there is a bot or not. */
  start(ms: number): void {
    this.#stop = systemClock.setTimer(() => {
      this.ask()
      this.start(ms)
    }, ms)
  }

  /** Gives no more commands. */
  stop(): void {
    this.#stop?.()
  }

  ask(): void {
    const id = `${this.#name}-${this.asked.size + 1}`
    const asked: Asked = { at: systemClock.now(), outcome: undefined }
    this.asked.set(id, asked)
    this.#room.publish(`/echo=${id}`, { id }).then(
      () => {
        asked.outcome = 'acked'
      },
      (error: unknown) => {
        asked.outcome = (error as ClientError).code
      },
    )
  }

  async close(): Promise<void> {
    this.#stop?.()
    await this.#client.close()
  }
}
