import type { Clock } from '@hubbub/hub'
import { Outbox, type OutboxLimits } from '../../../src/outbox.ts'
import { must } from './must.ts'
import { replace } from './property.ts'

/** Looks at every outbox of the process whenever something is put into it or taken out, until it is disposed of. */
export class OutboxWatch {
  /** Whether something found no place. */
  full = false
  /** When something came to be owed, while nothing was. */
  owedAt = 0
  readonly #faults: string[] = []
  readonly #ends: readonly (() => void)[]

  constructor(limits: OutboxLimits, clock: Clock) {
    const before = (outbox: Outbox): void => {
      if (outbox.bytes === 0) this.owedAt = clock.monotonic()
    }
    const after = (outbox: Outbox): void => {
      const { bytes, length } = outbox
      if (bytes > limits.outboxBytes || length > limits.outboxFrames)
        this.#faults.push(`${bytes} bytes and ${length} frames are owed`)
    }
    const refused = (outbox: Outbox, bytes: number): void => {
      this.full = true
      if (outbox.length < limits.outboxFrames && bytes <= limits.outboxBytes)
        this.#faults.push('what had a place was refused')
    }
    this.#ends = [
      replace(
        Outbox.prototype,
        'push',
        push =>
          function (this: Outbox, outgoing, overflow) {
            const bytes = this.bytes + JSON.stringify(outgoing.message).length
            before(this)
            const isTaken = push.call(this, outgoing, overflow)
            after(this)
            if (!isTaken) refused(this, bytes)
            return isTaken
          },
      ),
      replace(
        Outbox.prototype,
        'flush',
        flush =>
          function (this: Outbox) {
            flush.call(this)
            after(this)
          },
      ),
    ]
  }

  /** Throws where an outbox held more than it may, or refused what it could hold. */
  judge(): void {
    must(this.#faults.length === 0, this.#faults.join('; '))
  }

  [Symbol.dispose](): void {
    for (const end of this.#ends) end()
  }
}
