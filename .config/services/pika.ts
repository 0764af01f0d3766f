import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { installWithApt } from './apt.ts'
import { findProgram } from './process.ts'

const run = promisify(execFile)

/** Debian's packages are for the system's own Python, whichever else stands before it in PATH. */
const SYSTEM = '/usr/bin/python3'

/** A Python that knows pika, the client of RabbitMQ; installs it where it can. Throws the line that would help. */
export async function pythonWithPika(): Promise<string> {
  const found = await firstWithPika()
  if (found !== undefined) return found
  const refused = await installWithApt('pika', ['python3-pika'])
  const installed = await firstWithPika()
  if (installed !== undefined) return installed
  throw new Error(
    `A Python with pika is needed by these tests and was not found: ${refused ?? 'the installation brought none'}. ` +
      'Install it (Debian: sudo apt-get install python3-pika; elsewhere: python3 -m pip install pika).',
  )
}

async function firstWithPika(): Promise<string | undefined> {
  for (const python of [findProgram(['python3']), findProgram([SYSTEM])])
    if (python !== undefined && (await knowsPika(python))) return python
  return undefined
}

async function knowsPika(python: string): Promise<boolean> {
  try {
    await run(python, ['-c', 'import pika'], { timeout: 30_000 })
    return true
  } catch {
    return false
  }
}
