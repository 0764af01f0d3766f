import type { TestRunner } from '@hubbub/hub/testing'

/** A runner that leaves out the case of one sentence; `left` has it once a suite has brought it. */
export function leavingOut(
  { describe, it: test }: TestRunner,
  sentence: string,
): { readonly runner: TestRunner; readonly left: readonly string[] } {
  const left: string[] = []
  const it: TestRunner['it'] = (name, run) => {
    if (name === sentence) left.push(name)
    else test(name, run)
  }
  return { runner: { describe, it }, left }
}
