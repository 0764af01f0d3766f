import { type Client, type ClientOptions, type ClientRoom, createClient } from '@hubbub/hub/client'
import { VirtualClock } from '@hubbub/hub/testing'
import { FakeServer } from './fake-server.ts'

/** A client on a virtual clock, a server that a test speaks for, and what the client told. */
export interface Started {
  readonly client: Client
  readonly server: FakeServer
  readonly clock: VirtualClock
  readonly log: string[]
}

/** Starts a client and lets it open its first socket. Jitter is always half of what it could be. */
export async function start(options: Partial<ClientOptions> = {}): Promise<Started> {
  const clock = new VirtualClock()
  const server = new FakeServer()
  const log: string[] = []
  let made = 0
  const client = createClient({
    url: 'memory:',
    name: 'Ann',
    connect: server.connect,
    clock,
    random: () => 0.5,
    secret: () => {
      made += 1
      return `id-${made}`
    },
    ...options,
  })
  client.on('state', state => log.push(describe(state)))
  client.on('error', error => log.push(`error ${error.code}: ${error.message}`))
  await clock.settle()
  return { client, server, clock, log }
}

/** Starts a client and brings it online. */
export async function startOnline(options: Partial<ClientOptions> = {}): Promise<Started> {
  const started = await start(options)
  started.server.socket.welcome()
  started.log.length = 0
  return started
}

/** Starts a client that is online and in `general`. */
export async function startJoined(
  options: Partial<ClientOptions> = {},
): Promise<Started & { readonly room: ClientRoom }> {
  const started = await startOnline(options)
  const room = started.client.join('general')
  record(room, started.log)
  started.server.socket.join()
  started.log.length = 0
  return { ...started, room }
}

/** Writes what a room delivers into a log. */
export function record(room: ClientRoom, log: string[]): void {
  room.on('delivery', delivery => {
    if (delivery.kind === 'message') log.push(`${delivery.message.seq}`)
    else if (delivery.kind === 'reset')
      log.push(`reset to ${delivery.epoch}/${delivery.seq}: ${delivery.reason}`)
    else log.push(`skipped ${delivery.from}-${delivery.to}`)
  })
  room.on('left', reason => log.push(`left: ${reason}`))
}

/** What a promise has come to, once everything that is ready has run. */
export async function outcome(clock: VirtualClock, promise: Promise<unknown>): Promise<unknown> {
  let seen: unknown = 'pending'
  void promise.then(
    value => {
      seen = value
    },
    (error: unknown) => {
      seen = error instanceof Error && 'code' in error ? error.code : error
    },
  )
  await clock.settle()
  return seen
}

function describe(state: Client['state']): string {
  switch (state.status) {
    case 'connecting':
      return `connecting ${state.attempt}`
    case 'online':
      return `online as ${state.user.name}${state.resumed ? ', resumed' : ''}`
    case 'waiting':
      return `waiting ${Math.round(state.retryInMs)} ms before ${state.attempt}`
    default:
      return `closed ${state.code}: ${state.reason}`
  }
}
