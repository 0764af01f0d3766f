import { Exit } from '../../exit.ts'
import { type Io, say } from '../../io.ts'
import { type ServerFlags, serverOptions } from '../../serve/flags.ts'
import { startChat } from '../../serve/start-chat.ts'
import { readyLine } from '../../serve/ready-line.ts'

/** Serves until the signal aborts, then closes. To be stopped is how a server ends: the exit code is 0. */
export async function runServe(flags: ServerFlags, io: Io): Promise<number> {
  const { signal } = io
  const server = await startChat(serverOptions(flags), line => {
    say(io, line)
  })
  say(io, readyLine(server.url, flags.log))
  if (!isLoopback(flags.host)) say(io, 'Whoever reaches this address may chat, under any name that is free.')
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
  await server.close()
  return Exit.ok
}

const isLoopback = (host: string): boolean => /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host)
