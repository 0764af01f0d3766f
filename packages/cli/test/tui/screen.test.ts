import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { people } from './support/fake-client.ts'
import { Harness, useVirtualTime } from './support/harness.tsx'

describe('the screen', () => {
  let tui: Harness

  beforeEach(() => {
    useVirtualTime()
    tui = new Harness()
  })

  afterEach(async () => {
    await tui.close()
    vi.useRealTimers()
  })

  it('shows two people and a bot', async () => {
    await tui.join()
    tui.room.say(people.bob, 'morning all')
    await tui.press('hello bob\r')
    console.log(tui.room.published)
    tui.room.say(people.quotes, 'AAPL.US quote is $93.42 per share')
    console.log(await tui.look())
    expect(1).toBe(1)
  })
})
