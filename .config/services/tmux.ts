import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { privateFolder } from './folder.ts'
import { findOrInstall } from './service.ts'

const execute = promisify(execFile)

/** A tmux server of one's own: it shares no session, socket or configuration with the user's. */
export interface Tmux {
  readonly path: string
  /** Runs a tmux command and returns what it prints, for example `run('capture-pane', '-p')`. */
  run(...args: string[]): Promise<string>
  /** Ends the server with all its sessions. Idempotent. */
  stop(): Promise<void>
}

/** Finds tmux, or installs it. The server starts with the first `new-session`. */
export async function tmux(): Promise<Tmux> {
  const path = await findOrInstall({ name: 'tmux', commands: ['tmux'], packages: ['tmux'] })
  const folder = privateFolder('tmux')
  const { TMUX: _outer, ...env } = process.env
  const run = async (...args: string[]) => {
    const socket = join(folder.path, 'socket')
    const { stdout } = await execute(path, ['-S', socket, '-f', '/dev/null', ...args], { env })
    return stdout
  }
  return {
    path,
    run,
    async stop() {
      await run('kill-server').catch(() => undefined)
      folder.remove()
    },
  }
}
