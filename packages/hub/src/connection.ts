/** What the hub asks of a transport. Small on purpose: an adapter for another platform is an afternoon. */

/**
 * How one kind of connection sends. `Frame` is what it sends: encoded once per message, and shared by every
 * connection of this transport. The hub never looks inside a frame.
 */
export interface Transport<Frame = unknown> {
  readonly name: string
  /** Turns a message's JSON into a frame. MUST NOT depend on the connection. */
  encode(text: string): Frame
  /** Bytes that the frame takes in a buffer, framing included. */
  size(frame: Frame): number
}

/** Who is at the other end, as the transport knows it. */
export interface Peer {
  /** Network address without port; absent where there is none (memory, standard input). */
  readonly address?: string
  /** Headers of the upgrade request without those of the handshake itself, lower-case names. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Path and query of the upgrade request. */
  readonly url?: string
}

/** One connected peer. */
export interface Connection<Frame = unknown> {
  readonly transport: Transport<Frame>
  readonly peer: Peer
  /**
   * Bytes accepted by `write` and not yet taken by the platform. Falls with every part of a write that is taken, not
   * only with the last: a peer with whom it does not fall for long is closed as too slow.
   */
  readonly bufferedBytes: number
  /** Bytes received so far, of any kind: a change is a sign of life. */
  readonly receivedBytes: number
  /** Asks the peer for a sign of life in the transport's own way. Where absent, the hub sends a `ping` message. */
  ping?(): void
  /** Sends all frames, in order, in one system call where the platform allows. MUST NOT throw. */
  write(frames: readonly Frame[]): void
  /**
   * Ends the connection; what was written before goes out first, within a deadline of the transport's own.
   * Idempotent. `onClose` follows, once.
   */
  close(code: number, reason: string): void
  /** Set by the hub before the first message can come. A message is one JSON text. */
  onMessage: ((text: string) => void) | undefined
  /** Called when `bufferedBytes` has fallen after a `write` that was not taken at once; else it may be left out. */
  onDrain: (() => void) | undefined
  /** Called once, with the code that the peer gave or that this side closed with; 1006 where there was none. */
  onClose: ((code: number, reason: string) => void) | undefined
}
