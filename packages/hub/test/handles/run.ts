import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { systemClock } from '@hubbub/hub'

const CHILD = fileURLToPath(new URL('child.ts', import.meta.url))
const FLAGS = ['--conditions=@hubbub/source', '--disable-warning=ExperimentalWarning']

/** What a process says of itself after everything was closed in it. */
export interface Report {
  /** What keeps it alive that did not before. */
  readonly left: readonly string[]
  /** How many turns of the event loop that took. */
  readonly turns: number
}

/** How it went on. */
export interface Ending extends Report {
  /** Whether it ended by itself in time, and well. */
  readonly ended: boolean
  /** From the last close to its end. */
  readonly ms: number
  readonly stderr: string
}

/** Runs a case in a process of its own, which has `deadlineMs` to end by itself once everything is closed. */
export async function runCase(name: string, deadlineMs: number): Promise<Ending> {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-handles-'))
  const child = spawn(process.execPath, [...FLAGS, CHILD, name, folder], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    stderr += part
  })
  // Its standard input stays open, so that the end of that is not what ends it. Only two cases read it.
  child.stdin.on('error', () => {})
  child.stdin.write('{"type":"hello","id":"h","name":"Ann"}\n{"type":"join","id":"j","room":"general"}\n')
  child.stdin.write('{"type":"publish","id":"m","room":"general","text":"hello"}\n')
  child.stdout.resume()
  let said = ''
  let began = Number.NaN
  let cancel = (): void => {}
  const descriptor3 = child.stdio[3] as Readable
  descriptor3.setEncoding('utf8').on('data', (part: string) => {
    said += part
    began = performance.now()
    cancel = systemClock.setTimer(() => child.kill('SIGKILL'), deadlineMs)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  cancel()
  rmSync(folder, { recursive: true })
  if (said === '') throw new Error(`${name} did not come to its end: ${stderr}`)
  const report = JSON.parse(said) as Report
  return { ...report, ended: code === 0, ms: performance.now() - began, stderr }
}
