import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { Cursor as Real } from '../../src/client/cursor.ts'
import { everyMessageOnceOrNamed } from './support/story.ts'

/** A client that shows whatever comes, as one without sequence numbers would. */
vi.mock(import('../../src/client/cursor.ts'), async original => {
  const { Cursor } = await original()
  class Careless extends Cursor {
    override message(message: Parameters<Real['message']>[0]): ReturnType<Real['message']> {
      const outcome = super.message(message)
      return outcome === 'gap' || outcome.length > 0 ? outcome : [{ kind: 'message', message }]
    }
  }
  return { Cursor: Careless }
})

it('the property catches a client that does not dedupe', async () => {
  const result = await fc.check(everyMessageOnceOrNamed, { numRuns: 200 })
  expect(result.failed).toBe(true)
  expect(result.errorInstance).toMatchObject({ message: expect.stringContaining('a hole that nobody named') })
})
