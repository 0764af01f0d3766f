/**
 * What the hub lets others watch, through `node:diagnostics_channel`: one TracingChannel per operation, with
 * ids and sizes and never a text. Where the platform has no such module, and where nobody subscribes, it costs
 * a look at a boolean.
 */

/** What a `hub.publish` is about. */
export interface PublishTrace {
  readonly room: string
  readonly user: string
  readonly id: string
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
  /** Where it landed; 0 until then. */
  seq: number
}

/** What a `hub.join` is about. */
export interface JoinTrace {
  readonly room: string
  readonly user: string
  readonly resumes: boolean
}

/** What a `hub.broadcast` is about: one pass over a room, or the part of it that fit one turn. */
export interface BroadcastTrace {
  readonly room: string
  /** Frames that every subscriber was given. */
  readonly frames: number
  readonly subscribers: number
}

interface TracingChannel {
  readonly hasSubscribers: boolean
  traceSync<T>(work: () => T, context: object): T
  tracePromise<T>(work: () => Promise<T>, context: object): Promise<T>
}

interface DiagnosticsChannel {
  tracingChannel(name: string): TracingChannel
}

const { process } = globalThis as {
  process?: { getBuiltinModule?: (name: string) => DiagnosticsChannel | undefined }
}
const diagnostics = process?.getBuiltinModule?.('node:diagnostics_channel')

/** One operation that can be watched. */
class Traced<C extends object> {
  readonly #channel: TracingChannel | undefined

  constructor(name: string) {
    this.#channel = diagnostics?.tracingChannel(name)
  }

  /** Whether anybody watches. Make the context only then. */
  get watched(): boolean {
    return this.#channel?.hasSubscribers ?? false
  }

  /** Does the work and tells the subscribers when it began, ended and failed. */
  sync<T>(context: C, work: () => T): T {
    return this.#channel ? this.#channel.traceSync(work, context) : work()
  }

  /** The same for work that takes its time. */
  promise<T>(context: C, work: () => Promise<T>): Promise<T> {
    return this.#channel ? this.#channel.tracePromise(work, context) : work()
  }
}

export const traced = {
  publish: new Traced<PublishTrace>('hub.publish'),
  join: new Traced<JoinTrace>('hub.join'),
  broadcast: new Traced<BroadcastTrace>('hub.broadcast'),
}
