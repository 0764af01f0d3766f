import fc from 'fast-check'
import { it } from 'vitest'
import { everyMessageOnceOrNamed } from './support/story.ts'

it('delivers every message once and in order, or names the hole, through any weather', async () => {
  await fc.assert(everyMessageOnceOrNamed, { numRuns: 200 })
})
