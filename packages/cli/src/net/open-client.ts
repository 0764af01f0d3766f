/** Connects a client, and tells a server that is not there from one that says no. */
import { parseClientMessage, PROTOCOL } from '@hubbub/hub'
import { type Client, type ClientSocket, createClient } from '@hubbub/hub/client'
import { WebSocket } from 'ws'
import { CliError, Exit } from '../exit.ts'
import type { Io } from '../io.ts'
import { sanitizeLine } from '../terminal/sanitize.ts'
import { failure, isClientError } from './failures.ts'
import { accountName, nextName } from './guest-name.ts'
import { withoutSecrets } from './without-secrets.ts'

/** How long the first connection may take, in milliseconds. */
const CONNECT_MS = 10_000
/** Largest frame that is taken from a server: 50 messages of the longest text fit several times. */
const MAX_FRAME = 8 * 1024 * 1024

/** Where to, and as whom. */
export interface Destination {
  readonly url: string
  /** Chosen by the user; absent: the account's name, or the next one that is free. */
  readonly name?: string | undefined
}

/**
 * A client that has been welcomed. The caller closes it. Rejects with a CliError when the first attempt fails
 * (`noConnection`) or the server refuses us (`auth`), and with the signal's reason when that aborts.
 */
export async function openClient({ url, name }: Destination, io: Io): Promise<Client> {
  const { signal, clock, env } = io
  signal.throwIfAborted()
  const base = name ?? accountName()
  const token = env['CHAT_TOKEN']
  if (token && !parseClientMessage(JSON.stringify({ type: 'hello', id: 'token', token })).ok)
    throw new CliError(Exit.auth, 'CHAT_TOKEN is no token: it has more than 4,096 characters')
  const client = createClient({
    url,
    name: base,
    connect,
    clock,
    ...(token && { token }),
    ...(name === undefined && { onNameTaken: (_taken: string, attempt: number) => nextName(base, attempt) }),
  })
  try {
    await firstWelcome(client, url, io)
    return client
  } catch (error) {
    await client.close()
    const hint = isClientError(error) && error.field === 'name' ? ' Choose another with --name.' : ''
    const failed = failure(`${withoutSecrets(url)} refuses this client`, error)
    throw hint && failed instanceof CliError
      ? new CliError(failed.exitCode, `${failed.message}.${hint}`)
      : failed
  }
}

/** A socket of `ws`: unlike the platform's, it says why it could not connect. */
function connect(url: string): ClientSocket {
  const socket = new WebSocket(url, PROTOCOL, {
    handshakeTimeout: CONNECT_MS,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
  })
  return socket as unknown as ClientSocket
}

/** A client tries for ever; who has just typed an address wants to know at once that nothing is there. */
async function firstWelcome(client: Client, url: string, { signal, clock }: Io): Promise<void> {
  const failed = Promise.withResolvers<never>()
  const fail = (reason: string): void => {
    const where = withoutSecrets(url)
    failed.reject(new CliError(Exit.noConnection, `cannot connect to ${where}: ${explain(reason, where)}`))
  }
  const abort = (): void => {
    failed.reject(signal.reason)
  }
  const cancel = clock.setTimer(() => {
    fail(`no answer within ${CONNECT_MS / 1_000} s`)
  }, CONNECT_MS)
  const unsubscribe = client.on('state', state => {
    if (state.status === 'waiting') fail(state.reason)
  })
  signal.addEventListener('abort', abort, { once: true })
  try {
    await Promise.race([client.ready, failed.promise])
  } finally {
    cancel()
    unsubscribe()
    signal.removeEventListener('abort', abort)
  }
}

function explain(reason: string, where: string): string {
  if (reason.includes('ECONNREFUSED')) return `nothing listens there. Is the server running? (chat-cli serve)`
  if (/ENOTFOUND|EAI_AGAIN/.test(reason)) return `no such host`
  if (reason.includes('EPROTO'))
    return 'what answers there does not speak TLS. Is it ws:// instead of wss://?'
  if (reason.includes('429')) return 'it takes no more connections from this address for now'
  if (reason.includes('503')) return 'the server is stopping'
  if (/Unexpected server response|subprotocol|Parse Error/.test(reason))
    return `what answers there is no chat server, or not at this address (${sanitizeLine(reason)})`
  return sanitizeLine(reason.replaceAll(where, 'it'))
}
