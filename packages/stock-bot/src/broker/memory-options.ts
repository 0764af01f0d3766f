import type { Clock } from '../clock.ts'
import type { Broker, Command } from './broker.ts'

/** How an in-process broker behaves. */
export interface MemoryBrokerOptions {
  /** @default the machine's clock */
  readonly clock?: Clock
  /** Commands of one name, and replies of one log, that may wait. @default 10,000 */
  readonly queueLimit?: number
  /** Dead letters that are kept; the oldest go first. @default 1,000 */
  readonly deadLetterLimit?: number
  /** How long `close` waits for what is in hand, in milliseconds. @default 5,000 */
  readonly closeTimeout?: number
}

/** A command that was given up. */
export interface DeadLetter {
  readonly command: Command
  readonly reason: 'delivery-limit' | 'expired'
  /** How often a bot had it. */
  readonly deliveries: number
}

/** A broker that ends with its process, with what a test or an operator may look at. */
export interface MemoryBroker extends Broker, AsyncDisposable {
  /** Commands that were given up, oldest first. */
  deadLetters(): readonly DeadLetter[]
  /** Replies whose log nobody had listened for, or whose queue was full. */
  readonly lostReplies: number
}
