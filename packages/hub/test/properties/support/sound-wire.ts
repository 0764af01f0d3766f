import type { Exploration } from '@hubbub/hub/testing'
import { must } from './must.ts'
import { Wire } from './wire.ts'
import { Witness } from './witness.ts'

const ACTS = 4

/** Somebody without a fault, who must be served whatever becomes of the others. */
export class SoundWire extends Wire {
  readonly #asked: string[] = []

  async live(name: string, { integer, pick, step }: Exploration): Promise<void> {
    for (let n = integer(1, ACTS); n > 0; n -= 1) {
      await step(`${name} asks`)
      const id = `${name}-${n}`
      this.#asked.push(id)
      this.say({ type: pick(['ping', 'publish']), id, room: 'general', text: 'x' })
    }
  }

  /** Throws unless everything was answered and shown, up to `seq`. */
  judge(seq: number): void {
    must(this.closed === undefined, `one without a fault was closed with ${this.closed}`)
    for (const id of this.#asked) {
      const isAnswered = this.frames.some(
        frame => frame.type !== 'message' && 'id' in frame && frame.id === id,
      )
      must(isAnswered, `${id} was not answered`)
    }
    const witness = new Witness()
    witness.look(this)
    must(witness.last?.seq === seq, `the log is at ${seq}, one without a fault at ${witness.last?.seq}`)
  }
}
