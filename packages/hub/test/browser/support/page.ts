/** Runs in the browser: a page that uses the SDK as any page does, and remembers what it saw for the test. */
import {
  createClient,
  type Client,
  type ClientOptions,
  type ClientRoom,
  type ClientState,
  type Delivery,
  type Receipt,
} from '@hubbub/hub/client'

/** One thing that the page saw. */
export type Sight =
  | { readonly kind: 'state'; readonly state: ClientState }
  | { readonly kind: 'delivery'; readonly delivery: Delivery }
  | { readonly kind: 'presence'; readonly names: readonly string[] }
  | { readonly kind: 'typing'; readonly user: string }
  /** Nobody caught it. */
  | { readonly kind: 'error'; readonly message: string }

/** What can be said to the page: options that can cross from the test into the browser. */
export type ChatOptions = Pick<ClientOptions, 'name' | 'backoff'> & {
  readonly url: string
  /** Stands for all chance. @default 0.5 */
  readonly random?: number
  /** A delivery of this text makes the page's handler throw. */
  readonly throwsAt?: string
}

let client: Client
let room: ClientRoom
const sights: Sight[] = []
let more = Promise.withResolvers<void>()

function see(sight: Sight): void {
  sights.push(sight)
  more.resolve()
  more = Promise.withResolvers()
}

/** What the test can ask of the page. */
const chat = {
  /** Connects, and joins the room `general`. */
  enter({ random = 0.5, throwsAt, ...options }: ChatOptions): void {
    client = createClient({ ...options, random: () => random })
    see({ kind: 'state', state: client.state })
    client.on('state', state => {
      see({ kind: 'state', state })
    })
    room = client.join('general')
    room.on('delivery', delivery => {
      see({ kind: 'delivery', delivery })
      if (delivery.kind === 'message' && delivery.message.text === throwsAt)
        throw new Error('the handler threw')
    })
    room.on('presence', ({ members }) => {
      see({ kind: 'presence', names: members.map(({ name }) => name) })
    })
    room.on('typing', ({ name }) => {
      see({ kind: 'typing', user: name })
    })
  },
  publish: (text: string): Promise<Receipt> => room.publish(text),
  typing(): void {
    room.typing()
  },
  close: (): Promise<void> => client.close(),
  /** What was seen after the first `count` sights, once there is any of it. */
  async after(count: number): Promise<readonly Sight[]> {
    while (sights.length <= count) await more.promise
    return sights.slice(count)
  },
}

export type Chat = typeof chat

declare global {
  // A `const` would not be a property of `globalThis`.
  var chat: Chat
}

globalThis.chat = chat
Object.assign(globalThis, {
  onerror(message: string) {
    see({ kind: 'error', message })
  },
})
