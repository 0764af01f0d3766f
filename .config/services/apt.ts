import { execFile } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { findProgram } from './process.ts'

const run = promisify(execFile)

/** Debian asks this program whether a package may start its service, and 101 means no. */
const POLICY = '/usr/sbin/policy-rc.d'

/**
 * Installs Debian packages, if we are root on Debian, and says so in one line. The packages' own services stay
 * off: tests start their own on private ports. Returns why it could not, or nothing.
 */
export async function installWithApt(name: string, packages: readonly string[]): Promise<string | undefined> {
  if (!findProgram(['apt-get'])) return 'there is no apt-get here'
  if (process.getuid?.() !== 0) return 'only root may install it'
  console.log(`${name} is not installed: installing ${packages.join(' ')} with apt-get …`)
  const forbidden = forbidStarting()
  try {
    // The lock keeps two test runs on one machine from updating the package lists at the same time.
    const apt = (...args: string[]) =>
      run('flock', ['/var/lib/apt', 'apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        maxBuffer: 64 * 1024 * 1024,
        timeout: 600_000,
      })
    await apt('update')
    await apt('install', '--yes', '--no-install-recommends', ...packages)
    return undefined
  } catch (error) {
    return `apt-get failed (${lastLine(error)})`
  } finally {
    if (forbidden) rmSync(POLICY, { force: true })
  }
}

/** Makes packages leave their services off, unless the machine has a policy of its own. */
function forbidStarting(): boolean {
  if (existsSync(POLICY)) return false
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  return true
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
  return text.trim().split('\n').at(-1) ?? ''
}
