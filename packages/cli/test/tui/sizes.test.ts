import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { people } from './support/fake-client.ts'
import { Harness, useVirtualTime } from './support/harness.tsx'

describe('the size of the screen', () => {
  beforeEach(useVirtualTime)
  afterEach(() => {
    vi.useRealTimers()
  })

  const open = async (columns: number, rows: number, colour = false): Promise<Harness> => {
    const tui = new Harness({ columns, rows, colour })
    await tui.join()
    tui.room.say(people.bob, 'morning all, and a rather long sentence')
    tui.room.say(people.quotes, 'AAPL.US quote is $93.42 per share')
    await tui.flush()
    return tui
  }

  it('has a list of people beside the transcript from 100 columns on', async () => {
    const tui = await open(100, 9)
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general                                                                           127.0.0.1:4480
                                                                                 │ 2 here
                                                                                 │ ● ann (you)
       This is the beginning of general.                                         │ ○ bob
      ── Mon 23 Nov 2026 ────────────────────────────────────────────────────────│
       12:31          bob │ morning all, and a rather long sentence              │
       12:31     ◆ quotes ┃ AAPL.US quote is $93.42 per share                    │
      ── general · 2 here ───────────────────────────────────────────────────────────── ● online as ann ──
      ›"
    `)
    await tui.press('\x14')
    expect(await tui.look()).not.toContain('● ann (you)')
    await tui.close()
  })

  it('shows the people on a key where there is no room beside', async () => {
    const tui = await open(80, 14)
    await tui.press('\x14')
    expect(tui.screen.lines().slice(-7)).toMatchInlineSnapshot(`
      [
        " 12:31     ◆ quotes ┃ AAPL.US quote is $93.42 per share",
        "── Who is here",
        "● ann (you)",
        "○ bob",
        "── general · 2 here ───────────────────────────────────────── ● online as ann ──",
        "›",
        " Esc close this",
      ]
    `)
    await tui.close()
  })

  it('has no gutter below 60 columns', async () => {
    const tui = await open(40, 9)
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general               127.0.0.1:4480
       This is the beginning of general.
      ── Mon 23 Nov 2026 ─────────────────────
      12:31 bob: morning all, and a rather
        long sentence
      12:31 ◆ quotes: AAPL.US quote is
        $93.42 per share
      ── general · 2 here ─ ● online as ann ──
      ›"
    `)
    await tui.close()
  })

  it.each([
    [2, 1],
    [5, 2],
    [10, 3],
    [12, 4],
    [30, 7],
    [59, 11],
    [99, 12],
    [200, 60],
  ])('can be %i by %i, and the frame is exactly as large', async (columns, rows) => {
    const tui = await open(columns, rows)
    const before = tui.screen.terminal.buffer.active.baseY
    await tui.press('abc')
    expect(before).toBe(0)
    expect(tui.screen.terminal.buffer.active.baseY).toBe(0)
    expect(tui.screen.text()).toContain('›')
    await tui.close()
  })

  it('may change at any time', async () => {
    const tui = await open(80, 12)
    const first = await tui.look()
    for (const [columns, rows] of [
      [40, 8],
      [120, 30],
      [60, 5],
      [80, 12],
    ] as const) {
      tui.screen.resize(columns, rows)
      await tui.flush()
      expect(tui.screen.text()).toContain('● online as ann'.slice(0, columns - 4))
    }
    expect(await tui.look()).toBe(first)
    await tui.close()
  })

  it('is told by symbols where colour is not wanted, and by colour where it is', async () => {
    const plain = await open(80, 12)
    // oxlint-disable-next-line no-control-regex -- SGR colours
    expect(plain.screen.written).not.toMatch(/\x1b\[(?:3[0-8]|9[0-7])/)
    expect(plain.screen.text()).toContain('◆ quotes ┃')
    await plain.close()
    const coloured = await open(80, 12, true)
    expect(coloured.screen.written).toContain('\x1b[35mAAPL.US quote is $93.42 per share')
    await coloured.close()
  })
})
