import { type Clock, systemClock } from '../clock.ts'
import { DeadlineQueue } from '../deadline-queue.ts'
import {
  BrokerError,
  type Command,
  type CommandHandler,
  type CommandInfo,
  type ConsumeOptions,
  type Consumer,
  type Reply,
  type ReplyAddress,
} from './broker.ts'
import { traceProcess, traceReply, traceSend, traceSettle } from '../trace.ts'
import { Handling } from './handling.ts'
import { MemoryMailboxes, MEMORY } from './memory-mailboxes.ts'
import type { DeadLetter, MemoryBroker, MemoryBrokerOptions } from './memory-options.ts'
import { type Delivery, MemoryQueue, type Outcome } from './memory-queue.ts'

/** How often a command is given to a bot again before it is a dead letter; RabbitMQ's queues have the same. */
const REDELIVERIES = 3
const PREFETCH = 32

/**
 * A broker inside this process, for one-process chats and for tests. It keeps every promise of `Broker` that
 * can be kept without a disk: competing consumers, prefetch, redelivery, dead letters, deadlines.
 * Commands and replies end with the process.
 * @throws RangeError where an option is out of range
 */
export function memoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new InProcessBroker(options)
}

const atLeast = (least: number, name: string, value: number): number => {
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new RangeError(`${name} must be an integer from ${least}, got ${value}`)
}

class InProcessBroker implements MemoryBroker {
  readonly #clock: Clock
  readonly #queueLimit: number
  readonly #deadLetterLimit: number
  readonly #closeTimeout: number
  readonly #queues = new Map<string, MemoryQueue<Command>>()
  readonly #mailboxes: MemoryMailboxes
  readonly #announced = new Set<readonly CommandInfo[]>()
  readonly #consumers = new Set<Consumer>()
  readonly #deadlines: DeadlineQueue
  readonly #inHand = new Set<Handling>()
  readonly #dead: DeadLetter[] = []
  #commands: readonly CommandInfo[] = []
  #lostReplies = 0
  #closing: Promise<void> | undefined
  #closed = false

  constructor(options: MemoryBrokerOptions) {
    this.#clock = options.clock ?? systemClock
    this.#queueLimit = atLeast(1, 'queueLimit', options.queueLimit ?? 10_000)
    this.#deadLetterLimit = atLeast(0, 'deadLetterLimit', options.deadLetterLimit ?? 1_000)
    this.#closeTimeout = atLeast(0, 'closeTimeout', options.closeTimeout ?? 5_000)
    this.#deadlines = new DeadlineQueue(this.#clock)
    this.#mailboxes = new MemoryMailboxes(this.#clock, this.#queueLimit)
  }

  get state(): 'closed' | 'open' {
    return this.#closing ? 'open' : 'closed'
  }

  get lostReplies(): number {
    return this.#lostReplies
  }

  deadLetters(): readonly DeadLetter[] {
    return [...this.#dead]
  }

  commands(): readonly CommandInfo[] {
    return this.#commands
  }

  send(command: Command): Promise<void> {
    return traceSend(MEMORY, command, given => this.#send(given))
  }

  async #send(command: Command): Promise<void> {
    this.#requireOpen()
    if (this.#clock.now() >= command.deadline)
      throw new BrokerError('unavailable', `the deadline of /${command.name} has passed`)
    const queue = this.#queues.get(command.name)
    if (!queue || queue.consumers === 0) throw new BrokerError('no-bot', `no bot listens to /${command.name}`)
    if (!queue.push(command))
      throw new BrokerError('unavailable', `too many commands wait for /${command.name}`)
    await Promise.resolve()
  }

  async announce(commands: readonly CommandInfo[]): Promise<Consumer> {
    this.#requireOpen()
    const announcement = [...commands]
    this.#announced.add(announcement)
    this.#list()
    await Promise.resolve()
    return {
      stop: async () => {
        if (this.#announced.delete(announcement)) this.#list()
        await Promise.resolve()
      },
    }
  }

  async onCommand(
    name: string,
    handler: CommandHandler,
    { prefetch = PREFETCH }: ConsumeOptions = {},
  ): Promise<Consumer> {
    this.#requireOpen()
    const queue = this.#queue(name)
    const consumer = queue.consume(atLeast(1, 'prefetch', prefetch), delivery =>
      this.#take(delivery, handler),
    )
    await Promise.resolve()
    return this.#own(consumer)
  }

  async onReply(address: ReplyAddress, handler: (reply: Reply) => Promise<void>): Promise<Consumer> {
    this.#requireOpen()
    const consumer = this.#mailboxes.consume(address, handler)
    await Promise.resolve()
    return this.#own(consumer)
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #take({ item, redeliveries }: Delivery<Command>, handler: CommandHandler): Promise<Outcome> {
    return traceProcess(MEMORY, item, { redeliveries }, command => this.#work(command, redeliveries, handler))
  }

  async #work(command: Command, redeliveries: number, handler: CommandHandler): Promise<Outcome> {
    const handling = new Handling(command, { clock: this.#clock, deadlines: this.#deadlines })
    this.#inHand.add(handling)
    try {
      const reply = await handler(command, handling)
      // Nobody answers after the deadline: the chat has told the user by then.
      if (reply && !this.#closed && this.#clock.now() < command.deadline && !(await this.#deliver(reply)))
        this.#lostReplies += 1
      return traceSettle(MEMORY, command, 'ack', reply ? 'answered' : 'no answer', () => 'settled')
    } catch {
      if (this.#clock.now() >= command.deadline) this.#bury(command, 'expired', redeliveries + 1)
      else if (redeliveries >= REDELIVERIES) this.#bury(command, 'delivery-limit', redeliveries + 1)
      else return traceSettle(MEMORY, command, 'requeue', 'given back', () => 'returned')
      return 'settled'
    } finally {
      handling.end()
      this.#inHand.delete(handling)
    }
  }

  #deliver(reply: Reply): Promise<boolean> {
    return traceReply(MEMORY, reply, given => Promise.resolve(this.#mailboxes.deliver(given)))
  }

  #queue(name: string): MemoryQueue<Command> {
    const known = this.#queues.get(name)
    if (known) return known
    const queue = new MemoryQueue<Command>({
      limit: this.#queueLimit,
      expiry: {
        clock: this.#clock,
        deadlines: this.#deadlines,
        at: command => command.deadline,
        onExpired: (command, deliveries) => {
          this.#bury(command, 'expired', deliveries)
        },
      },
    })
    this.#queues.set(name, queue)
    return queue
  }

  #own(consumer: Consumer): Consumer {
    const own: Consumer = {
      stop: async () => {
        await consumer.stop()
        this.#consumers.delete(own)
      },
    }
    this.#consumers.add(own)
    return own
  }

  #bury(command: Command, reason: DeadLetter['reason'], deliveries: number): void {
    traceSettle(MEMORY, command, 'dead', reason, () => this.#dead.push({ command, reason, deliveries }))
    while (this.#dead.length > this.#deadLetterLimit) this.#dead.shift()
  }

  /** Bots that run several times announce the same: a name is listed once, as announced last. */
  #list(): void {
    const byName = new Map<string, CommandInfo>()
    for (const announcement of this.#announced)
      for (const command of announcement) byName.set(command.name, command)
    this.#commands = [...byName.values()]
  }

  #requireOpen(): void {
    if (this.#closing) throw new BrokerError('unavailable', 'the broker is closed')
  }

  async #close(): Promise<void> {
    const timeout = Promise.withResolvers<void>()
    const cancel = this.#clock.setTimer(timeout.resolve, this.#closeTimeout)
    const stopped = Promise.all([...this.#consumers].map(async consumer => consumer.stop()))
    await Promise.race([stopped, timeout.promise])
    cancel()
    this.#closed = true
    for (const handling of this.#inHand)
      handling.abort(new DOMException('the broker is closed', 'AbortError'))
    this.#announced.clear()
    this.#list()
    this.#mailboxes.close()
    for (const queue of this.#queues.values()) queue.close()
  }
}
