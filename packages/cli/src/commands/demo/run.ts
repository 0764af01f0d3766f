import { chat } from '../../chat.ts'
import { CliError, Exit } from '../../exit.ts'
import { type Io, isTerminal, say } from '../../io.ts'
import { openClient } from '../../net/open-client.ts'
import { type ServerFlags, serverOptions } from '../../serve/flags.ts'
import { readyLine } from '../../serve/ready-line.ts'
import { type ChatServer, PortTaken, startChat } from '../../serve/start-chat.ts'
import { Journal } from './journal.ts'
import type { DemoFlags } from './command.ts'

/** Chats on a server of its own, or on the one that has the port already. */
export async function runDemo(flags: DemoFlags, io: Io): Promise<number> {
  const journal = new Journal(line => {
    say(io, line)
  })
  const server = await startOrFind(flags, line => {
    journal.tell(line)
  })
  const notice = server.own
    ? readyLine(server.url, flags.log)
    : `A chat is at ${server.url} already: joining it. Its own settings hold.`
  if (server.own) journal.tell(notice)
  try {
    const client = await openServer(server, flags, io)
    try {
      // Only now is it known to be a chat.
      if (!server.own) journal.tell(notice)
      // A full screen must not be written over: what the server has to say waits until it is gone.
      if (isTerminal(io)) journal.hold()
      return await chat({ client, room: flags.room, url: server.url, notice }, io)
    } finally {
      await client.close()
    }
  } finally {
    await server.close()
    journal.release()
  }
}

interface Found extends ChatServer {
  readonly own: boolean
}

async function startOrFind(flags: ServerFlags, tell: (line: string) => void): Promise<Found> {
  try {
    return { ...(await startChat(serverOptions(flags), tell)), own: true }
  } catch (error) {
    if (!(error instanceof PortTaken)) throw error
    return { url: urlOf(flags), own: false, close: () => Promise.resolve() }
  }
}

/** What has the port is a chat if it welcomes us, or says why it does not. */
async function openServer({ url, own }: Found, flags: DemoFlags, io: Io): ReturnType<typeof openClient> {
  try {
    return await openClient({ url, name: flags.name }, io)
  } catch (error) {
    if (own || !(error instanceof CliError) || error.exitCode !== Exit.noConnection) throw error
    throw new PortTaken(flags.host, flags.port, 'Something that is no chat')
  }
}

/** Where a server that listens on `host` is reached from here. */
function urlOf({ host, port }: ServerFlags): string {
  if (host === '0.0.0.0') return `ws://127.0.0.1:${port}`
  if (host === '::') return `ws://[::1]:${port}`
  return `ws://${host.includes(':') ? `[${host}]` : host}:${port}`
}
