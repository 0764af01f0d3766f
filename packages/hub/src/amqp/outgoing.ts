/** A message for the broker. */
export interface Outgoing {
  readonly exchange: string
  readonly routingKey: string
  readonly content: Uint8Array
  /**
   * The AMQP `messageId`. While one with the same id is on its way to the same place, another call joins it; to
   * another place, it is refused as `invalid`.
   */
  readonly id: string
  /** Epoch milliseconds: not confirmed by then, the message is refused. */
  readonly deadline: number
  /** Refuse the message where no queue takes it. @default false */
  readonly mandatory?: boolean
  /** Keep it on disk where its queue is durable. @default true */
  readonly persistent?: boolean
  /** What to do where the broker cannot take it at this moment. @default 'keep' until the deadline */
  readonly whenDown?: 'keep' | 'refuse'
  /** Further AMQP properties, in amqplib's words: `type`, `headers`, `correlationId`, … */
  readonly properties?: Readonly<Record<string, unknown>>
}

/** Why a message was refused: `deadline` and `closed` may have reached the broker all the same. */
export type RefusedCode = 'down' | 'full' | 'deadline' | 'unroutable' | 'rejected' | 'invalid' | 'closed'

/** A message that was not confirmed. */
export class PublishRefused extends Error {
  override readonly name = 'PublishRefused'
  readonly code: RefusedCode

  constructor(code: RefusedCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
