import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** The first of these commands that exists: names are looked for in PATH and in the system's own folders. */
export function findProgram(commands: readonly string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return commands
    .flatMap(command => (isAbsolute(command) ? [command] : folders.map(folder => join(folder, command))))
    .find(path => existsSync(path))
}

export interface Launched {
  /** Kills the program and all that it started, with SIGKILL. Harmless when it has ended. */
  kill(): void
  /** Rejects when the program ends before it was killed. */
  readonly failed: Promise<never>
  /** The end of what it printed, for an error message. */
  lastLines(): string
}

/**
 * The shell holds one end of a pipe whose other end is ours. When we end, for whatever reason (also SIGKILL),
 * the pipe breaks and the shell kills its whole process group: no test run leaves a service behind.
 */
const LEASH = 'exec 3<&0; "$@" </dev/null & child=$!; (cat <&3 >/dev/null; kill -KILL -$$) & wait $child'

/** Starts a program that cannot outlive this process; what it prints goes to `output.log` in its folder. */
export function launch(options: {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly folder: string
  readonly uid?: number | undefined
  readonly gid?: number | undefined
}): Launched {
  const { command, args, env, folder, uid, gid } = options
  const output = join(folder, 'output.log')
  const log = openSync(output, 'a')
  const child = spawn('/bin/sh', ['-c', LEASH, 'leash', command, ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['pipe', log, log],
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  closeSync(log)
  child.unref()
  let killed = false
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      child.stdin?.destroy()
      if (!killed) reject(new Error(`it ended with ${signal ?? `code ${code}`}`))
    })
  })
  failed.catch(() => undefined)
  child.stdin?.on('error', () => undefined)
  return {
    failed,
    kill() {
      killed = true
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // It ended between the check and the call.
      }
    },
    lastLines: () => readFileSync(output, 'utf8').trim().split('\n').slice(-15).join('\n'),
  }
}
