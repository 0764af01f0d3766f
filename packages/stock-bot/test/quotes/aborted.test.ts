import { expect, it } from 'vitest'
import { abortWith, untilAborted } from '../../src/quotes/aborted.ts'

const never = new Promise<never>(() => undefined)

it('settles as the promise does', async () => {
  const { signal } = new AbortController()
  await expect(untilAborted(Promise.resolve(1), signal)).resolves.toBe(1)
  await expect(untilAborted(Promise.reject(new Error('no')), signal)).rejects.toThrow('no')
})

it('rejects with the reason when the signal aborts, and when it has before', async () => {
  const abort = new AbortController()
  const waiting = untilAborted(never, abort.signal)
  const reason = new Error('enough')
  abort.abort(reason)
  await expect(waiting).rejects.toBe(reason)
  await expect(untilAborted(never, abort.signal)).rejects.toBe(reason)
})

it('lets nothing escape from a promise that rejects after the abort', async () => {
  const abort = new AbortController()
  const late = Promise.withResolvers<never>()
  const waiting = untilAborted(late.promise, abort.signal)
  abort.abort()
  await expect(waiting).rejects.toThrow(/abort/)
  // An unhandled rejection fails the whole test run.
  late.reject(new Error('late'))
})

it('aborts a controller with a signal and its reason, also where that has aborted before', () => {
  const abort = new AbortController()
  const follower = new AbortController()
  abortWith(abort.signal, follower)
  const reason = new Error('enough')
  abort.abort(reason)
  expect(follower.signal.reason).toBe(reason)
  const late = new AbortController()
  abortWith(abort.signal, late)
  expect(late.signal.reason).toBe(reason)
})

it('stops following when it is told to', () => {
  const abort = new AbortController()
  const follower = new AbortController()
  abortWith(abort.signal, follower)()
  abort.abort()
  expect(follower.signal.aborted).toBe(false)
})
