import { explore } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'

/** Two tellers add to one account; a broken one looks before it waits. */
const tellers =
  (broken: boolean) =>
  async ({ step, integer }: Parameters<Parameters<typeof explore>[0]>[0]) => {
    let account = 0
    let sum = 0
    const add = async (name: string) => {
      const amount = integer(1, 9)
      sum += amount
      const before = account
      await step(name)
      account = (broken ? before : account) + amount
    }
    await Promise.all([add('ann'), add('bob')])
    expect(account).toBe(sum)
  }

it('passes what holds in every order, and says how many it tried', async () => {
  expect(await explore(tellers(false), { runs: 50, seed: 7 })).toEqual({ runs: 50, seed: 7 })
})

it('finds the order that fails, and its seed and run replay it at once', async () => {
  const failure: unknown = await explore(tellers(true)).catch((error: unknown) => error)
  const { message, cause } = failure as Error
  expect(message).toMatch(/ann|bob/)
  expect(cause).toBeInstanceOf(Error)
  const [, seed, run] = /\{ seed: (-?\d+), run: (\d+) \}/.exec(message) ?? []
  await expect(explore(tellers(true), { seed: Number(seed), run: Number(run) })).rejects.toThrow(
    /after 1 runs.*ann/s,
  )
})

it('comes to every order of three steps', async () => {
  const orders = new Set<string>()
  await explore(
    async ({ step }) => {
      let order = ''
      const go = async (name: string) => {
        await step(name)
        order += name
      }
      await Promise.all(['a', 'b', 'c'].map(go))
      orders.add(order)
    },
    { seed: 1 },
  )
  expect([...orders].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
})

it('lets answers and turns overtake each other, keeps a cancelled turn away, and picks', async () => {
  const firsts = new Set<string>()
  const picked = new Set<string>()
  await explore(async ({ scheduler, later, pick }) => {
    const seen: string[] = []
    scheduler.defer(() => seen.push('never'))()
    const turn = Promise.withResolvers<void>()
    scheduler.defer(() => {
      seen.push('turn')
      turn.resolve()
    })
    seen.push(await later('answer', 'ask'))
    await turn.promise
    firsts.add(String(seen[0]))
    picked.add(pick(['x', 'y']))
    expect(seen).not.toContain('never')
  })
  expect([...firsts].toSorted()).toEqual(['answer', 'turn'])
  expect([...picked].toSorted()).toEqual(['x', 'y'])
})

it('keeps the process busy with nothing once a run has failed', async () => {
  const failing = explore(async ({ step, idle }) => {
    const waits = step('never taken')
    await Promise.all([Promise.reject(new Error('failed')), waits.then(idle), idle()])
  })
  await expect(failing).rejects.toThrow('failed')
  // A branch that asked on and on whether all is idle would let no turn of the event loop begin.
  const turn = Promise.withResolvers<void>()
  setImmediate(turn.resolve)
  await turn.promise
})

it('makes a run that waits for ever a failure', async () => {
  const never = Promise.withResolvers<void>().promise
  await expect(explore(async () => never, { timeoutMs: 20 })).rejects.toThrow(/timeout/i)
})

it('refuses options that make no sense', async () => {
  await expect(explore(async () => {}, { runs: 0 })).rejects.toThrow('runs must be an integer from 1, got 0')
  await expect(explore(async () => {}, { run: 0 })).rejects.toThrow('run needs the seed')
})
