import { describeMessageLog } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'
import { type BrokenLog, goodLog } from './support/broken-log.ts'
import { brokenLogs } from './support/broken-logs.ts'
import { crowdOut } from './support/crowd-out.ts'

/** Runs the whole suite, and returns what became of each case, as 'group: sentence'. */
async function run({
  create,
  reopen = log => log,
}: Pick<BrokenLog, 'create' | 'reopen'>): Promise<{ passed: string[]; failed: string[] }> {
  const cases: { readonly name: string; readonly run: () => Promise<void> }[] = []
  let group = ''
  const runner = {
    describe(name: string, body: () => void) {
      group = name
      body()
    },
    it(name: string, run: () => Promise<void>) {
      cases.push({ name: `${group}: ${name}`, run })
    },
  }
  describeMessageLog(runner, 'twin', create, { retention: true, reopen, renew: crowdOut })
  const passed: string[] = []
  const failed: string[] = []
  for (const { name, run } of cases)
    await run().then(
      () => passed.push(name),
      () => failed.push(name),
    )
  return { passed, failed }
}

it('passes a log that keeps every promise', async () => {
  const { failed } = await run({ create: goodLog })
  expect(failed).toEqual([])
})

it.each(brokenLogs.map(broken => [broken.mistake, broken] as const))(
  'catches a log that %s',
  async (_, broken) => {
    const { failed } = await run(broken)
    expect(failed).toContain(broken.caughtBy)
  },
)

it('has a broken log for every case', async () => {
  const { passed } = await run({ create: goodLog })
  expect(brokenLogs.map(({ caughtBy }) => caughtBy)).toEqual(expect.arrayContaining(passed))
})
