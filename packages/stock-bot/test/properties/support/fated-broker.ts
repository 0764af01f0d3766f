import type { Exploration, VirtualClock } from '@hubbub/hub/testing'
import { must } from '../../../../hub/test/properties/support/must.ts'
import {
  type Broker,
  BrokerError,
  type Command,
  type Consumer,
  type Reply,
} from '../../../src/broker/broker.ts'

const RETRY_MS = 1_000
/** What a bot needs to begin, in milliseconds. */
const LEAST_MS = 200
/** When an answer comes that is late, from the deadline on: the notice that there was none comes at 1,000. */
const LATE_MS = [0, 999, 1_000, 1_001, 5_000] as const

const nothing: Consumer = { stop: () => Promise.resolve() }

/** A broker that confirms or refuses when the explorer wants, and whose bots answer, answer again, or die. */
export class FatedBroker implements Broker {
  readonly state = 'closed'
  /** What was handed over, in order. */
  readonly sent: Command[] = []
  readonly #clock: VirtualClock
  readonly #exploration: Exploration
  readonly #sees: (what: string) => void
  readonly #onSend: (command: Command) => void
  #take: ((reply: Reply) => Promise<void>) | undefined

  constructor(
    clock: VirtualClock,
    exploration: Exploration,
    sees: (what: string) => void,
    onSend: (command: Command) => void,
  ) {
    this.#clock = clock
    this.#exploration = exploration
    this.#sees = sees
    this.#onSend = onSend
  }

  commands(): [] {
    return []
  }

  announce(): Promise<Consumer> {
    return Promise.resolve(nothing)
  }

  onCommand(): Promise<Consumer> {
    return Promise.resolve(nothing)
  }

  async onReply(_: unknown, handler: (reply: Reply) => Promise<void>): Promise<Consumer> {
    await this.#exploration.step('listen')
    this.#take = handler
    return nothing
  }

  async send(command: Command): Promise<void> {
    const { pick, step } = this.#exploration
    must(command.deadline - this.#clock.now() >= LEAST_MS, `${command.commandId} is begun too late`)
    this.sent.push(command)
    this.#onSend(command)
    const fate = pick(['confirmed', 'confirmed', 'unconfirmed', 'unavailable', 'no-bot'])
    if (fate !== 'no-bot') void this.#answer(command)
    this.#sees(fate)
    if (fate === 'unconfirmed') await this.#until(command.deadline)
    else await step('confirm')
    if (fate !== 'confirmed') throw new BrokerError(fate === 'no-bot' ? 'no-bot' : 'unavailable', fate)
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  async #answer(command: Command): Promise<void> {
    const { pick, step, integer } = this.#exploration
    const fate = pick(['answered', 'answered twice', 'answered late', 'never answered'])
    this.#sees(fate)
    if (fate === 'never answered') return
    if (fate === 'answered late') await this.#until(command.deadline + pick(LATE_MS))
    for (let wait = integer(0, 5); wait > 0; wait -= 1) await step('the bot works')
    const first = this.#deliver(command)
    if (fate === 'answered twice') await this.#deliver(command)
    await first
  }

  /** Tries until the reply is taken. */
  async #deliver({ id, commandId, room, replyTo }: Command): Promise<void> {
    const author = { id: 'bot:quotes', name: 'quotes' }
    for (;;)
      try {
        await this.#exploration.step('reply')
        if (!this.#take) throw new Error('nobody listens yet')
        await this.#take({ id: `re:${id}`, commandId, room, text: 'answer', author, to: replyTo })
        return
      } catch {
        await this.#until(this.#clock.now() + RETRY_MS)
      }
  }

  async #until(at: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#clock.setTimer(resolve, at - this.#clock.now())
    await promise
  }
}
