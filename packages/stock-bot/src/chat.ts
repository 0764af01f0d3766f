/**
 * What `commands()` needs of a chat, by structure: `@hubbub/hub` fits, and so does any server that can show
 * a message once by its id.
 */
import type { Person } from './broker/broker.ts'
import type { Clock } from './clock.ts'

/** A request of a client; only those of type `publish` matter here. */
export interface ChatRequest {
  readonly type: string
  /** The client's message id; its retry has the same. */
  readonly id?: string
  readonly room?: string
  readonly text?: string
  /** W3C trace context, which goes along to the bot and back. */
  readonly traceparent?: string
  readonly tracestate?: string
}

/** A message that a bot says. */
export interface BotPost {
  /** The log shows the first message with an id, and no other. */
  readonly id: string
  readonly room: string
  readonly author: Person & { readonly kind: 'bot' }
  readonly text: string
  /** The command's id as its client sent it. */
  readonly replyTo: string
}

/** The chat itself. */
export interface ChatHost {
  readonly log: { readonly id: string; readonly durable: boolean }
  readonly clock: Clock
  /** Shows a message once by its id; a repeat resolves as well. */
  post(message: BotPost): Promise<unknown>
  /** Keeps guests from taking this name. */
  reserveName(name: string): void
}

/** One request on its way. */
export interface ChatContext {
  readonly request: ChatRequest
  readonly user: Person
  readonly host: ChatHost
  /** When the sender waits no longer, in epoch milliseconds of the host's clock; undefined where it did not say. */
  readonly deadline?: number | undefined
  replaceText(text: string): void
  acceptCommand(): void
  detach(work: Promise<void>): void
}

/** A middleware, with what the chat calls when it takes it in; that returns what ends it. */
export interface ChatMiddleware {
  (context: ChatContext, next: () => Promise<void>): void | Promise<void>
  install(host: ChatHost): () => Promise<void>
}
