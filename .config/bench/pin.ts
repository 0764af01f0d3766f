import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

/** Of util-linux: gives a process its cores. */
const PIN = 'taskset'

/** Whether processes can be given a core of their own. */
export const canPin = availableParallelism() > 1 && spawnSync(PIN, ['-c', '0', 'true']).status === 0

/** A command and its arguments, so that it runs on this core; unchanged where that cannot be had. */
export function onCore(
  core: number,
  command: string,
  args: readonly string[],
): readonly [string, readonly string[]] {
  return canPin ? [PIN, ['-c', String(core), command, ...args]] : [command, args]
}

/** Moves a process that runs already, with all its threads, to this core; nothing where that cannot be had. */
export function moveToCore(core: number, pid: number): void {
  if (canPin) spawnSync(PIN, ['-a', '-p', '-c', String(core), String(pid)])
}
