import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/**
 * Names the time since this machine started: the same for every process until it starts again. Exact on Linux.
 * Elsewhere it is the minute of the start, which a change of the wall clock moves: another name than before then
 * means nothing worse than that rooms get a new epoch without need.
 */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return `started-${Math.round((Date.now() - uptime() * 1_000) / 60_000)}`
  }
}
