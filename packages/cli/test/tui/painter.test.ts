import { systemClock } from '@hubbub/hub'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Frame } from '../../src/tui/frame.ts'
import { Painter, paintRows } from '../../src/tui/painter.ts'
import { openScreen } from '../../src/tui/screen.tsx'
import { advance, useVirtualTime } from './support/harness.tsx'
import { TestScreen } from './support/screen.ts'

/** Stands for a row that fills the screen to its last cell. */
const FULL = 'full'

const rowText = fc.constantFrom(
  '',
  'plain',
  '\x1b[31mred\x1b[0m and more',
  FULL,
  '東京 wide',
  '  indented',
  'same',
)

type Act =
  | { readonly kind: 'append'; readonly rows: readonly string[] }
  | { readonly kind: 'edit'; readonly row: number; readonly text: string }
  | { readonly kind: 'replace'; readonly rows: readonly string[] }
  | { readonly kind: 'bottom'; readonly rows: readonly string[] }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'cursor'; readonly x: number }
  | { readonly kind: 'redraw' }
  | { readonly kind: 'wait' }

const rows = fc.array(rowText, { maxLength: 8 })
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('append'),
      rows: fc.array(rowText, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit'), row: fc.nat(9), text: rowText }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace'), rows }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('bottom'),
      rows: fc.array(rowText, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resize'),
      columns: fc.integer({ min: 24, max: 40 }),
      rows: fc.integer({ min: 6, max: 14 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cursor'), x: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redraw') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait') }) },
)

const fill = (row: string, columns: number): string => (row === FULL ? '#'.repeat(columns) : row)

/** A picture of some rows, some of them the transcript's. */
class Picture {
  body: string[] = []
  bottom: readonly string[] = ['status', 'input']
  x = 0

  frame(columns: number, rows: number): Frame {
    const height = rows - 1 - this.bottom.length
    return {
      columns,
      top: ['\x1b[7mrooms\x1b[0m'],
      body: Array.from({ length: height }, (_, row) =>
        fill(this.body[this.body.length - height + row] ?? '', columns),
      ),
      bottom: this.bottom.map(row => fill(row, columns)),
      cursor: { x: this.x, y: rows - 1 },
    }
  }
}

// oxlint-disable-next-line no-control-regex -- SGR
const plain = (row: string): string => row.replaceAll(/\x1b\[[0-9;]*m/g, '').trimEnd()

/** Runs acts on a screen and compares it with the picture wherever time passes. */
async function differs(acts: readonly Act[]): Promise<string | undefined> {
  const screen = new TestScreen(30, 10)
  const picture = new Picture()
  const open = openScreen({
    stdout: screen,
    clock: systemClock,
    draw: size => picture.frame(size.columns, size.rows),
  })
  const check = async (after: string): Promise<string | undefined> => {
    await advance(100)
    const { top, body, bottom, cursor } = picture.frame(screen.columns, screen.rows)
    const wanted = [...top, ...body, ...bottom].map(plain)
    const seen = screen.lines()
    if (JSON.stringify(seen) !== JSON.stringify(wanted))
      return `after ${after}: wanted\n${wanted.join('\n')}\nsaw\n${seen.join('\n')}`
    const { x, y } = screen.cursor()
    return x === cursor.x && y === cursor.y ? undefined : `after ${after}: the cursor is at ${x},${y}`
  }
  try {
    const first = await check('the start')
    if (first !== undefined) return first
    for (const [index, each] of acts.entries()) {
      if (each.kind === 'append') picture.body.push(...each.rows)
      else if (each.kind === 'edit') picture.body[each.row] = each.text
      else if (each.kind === 'replace') picture.body = [...each.rows]
      else if (each.kind === 'bottom') picture.bottom = each.rows
      else if (each.kind === 'cursor') picture.x = each.x
      picture.body = Array.from(picture.body, row => row ?? '')
      if (each.kind === 'resize') screen.resize(each.columns, each.rows)
      else if (each.kind === 'redraw') open.redraw()
      else open.changed(index % 2 === 0 ? 'now' : 'soon')
      if (each.kind !== 'wait' && index < acts.length - 1) continue
      const difference = await check(JSON.stringify(acts.slice(0, index + 1)))
      if (difference !== undefined) return difference
    }
    return undefined
  } finally {
    const closed = open.close()
    await advance(100)
    await closed
    screen.dispose()
  }
}

describe('the painter', () => {
  beforeEach(useVirtualTime)
  afterEach(() => {
    vi.restoreAllMocks()
    vi.useRealTimers()
  })

  const scenes = fc.array(act, { minLength: 1, maxLength: 25 })

  it('shows exactly the picture, whatever Ink draws around it', { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(scenes, async acts => {
      const difference = await differs(acts)
      if (difference !== undefined) throw new Error(difference)
    })
    await expect(fc.assert(property, { numRuns: 60, endOnFailure: true })).resolves.toBeUndefined()
  })

  it(
    'would be caught if it trusted its memory after the screen was erased',
    { timeout: 120_000 },
    async () => {
      vi.spyOn(Painter.prototype, 'forget').mockImplementation(() => {})
      const property = fc.asyncProperty(scenes, async acts => (await differs(acts)) === undefined)
      // Caught after some twenty, mostly; the first one ends it.
      const { failed } = await fc.check(property, { numRuns: 500, endOnFailure: true })
      expect(failed).toBe(true)
    },
  )
})

describe('painting rows', () => {
  const region = { top: 2, height: 4, columns: 20 }

  it('writes nothing where nothing has changed', () => {
    expect(paintRows(['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'], region)).toBe('')
  })

  it('scrolls when a row is added, and writes that row only', () => {
    expect(paintRows(['a', 'b', 'c', 'd'], ['b', 'c', 'd', 'e'], region)).toBe(
      '\x1b[3;6r\x1b[6;1H\n\x1b[r\x1b[6;1H\x1b[Ke',
    )
  })

  it('writes a changed row in its place', () => {
    expect(paintRows(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'd'], region)).toBe('\x1b[4;1H\x1b[Kx')
  })

  it('writes every row where it does not know what is there', () => {
    expect(paintRows(undefined, ['a', '', '', 'd'], region)).toBe(
      '\x1b[3;1H\x1b[Ka\x1b[4;1H\x1b[K\x1b[5;1H\x1b[K\x1b[6;1H\x1b[Kd',
    )
  })
})
