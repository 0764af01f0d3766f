import { readFileSync } from 'node:fs'

/** What a process has open besides its clients. */
const OTHERS = 64

/** How many files a process may have open (RLIMIT_NOFILE); undefined where the system does not say. */
function limit(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Infinity : Number(soft)
  } catch {
    return undefined
  }
}

/** Why this many clients cannot be had here; undefined where they can. */
export function tooFewDescriptors(clients: number): string | undefined {
  const most = limit() ?? Infinity
  if (clients + OTHERS <= most) return undefined
  return `${clients} clients need ${clients + OTHERS} open files, and a process may have ${most}: raise it with ulimit -n`
}

/** The limit in words. */
export const describeDescriptors = (): string => `${limit() ?? 'an unknown number of'} open files a process`
