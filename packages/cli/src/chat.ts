/** The interactive client: full screen where there is a terminal, plain lines where there is none. */
import type { Client } from '@hubbub/hub/client'
import { type Io, isTerminal } from './io.ts'
import { withoutSecrets } from './net/without-secrets.ts'

/** What a chat needs. */
export interface ChatOptions {
  /** Made and closed by the caller. */
  readonly client: Client
  readonly room: string
  readonly url: string
  /** A line that the full screen begins with. */
  readonly notice?: string
}

/** Lets the user chat until they leave or the input ends. Resolves with the exit code. */
export async function chat({ client, room, url, notice }: ChatOptions, io: Io): Promise<number> {
  if (!isTerminal(io)) {
    const { runPlain } = await import('./plain/run-plain.ts')
    return runPlain({ client, room, io })
  }
  const { runTui } = await import('./tui/run.tsx')
  const { stdin, stdout, signal } = io
  const address = withoutSecrets(url)
  const code = await runTui({ client, room, address, stdin, stdout, signal, ...(notice && { notice }) })
  signal.throwIfAborted()
  return code
}
