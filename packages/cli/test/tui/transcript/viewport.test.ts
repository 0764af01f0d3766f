import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, lineCells, lineText } from '../../../src/tui/line.ts'
import { Calendar } from '../../../src/tui/transcript/calendar.ts'
import { Layout } from '../../../src/tui/transcript/layout.ts'
import { Transcript } from '../../../src/tui/transcript/transcript.ts'
import { Viewport } from '../../../src/tui/transcript/viewport.ts'
import { people } from '../support/fake-client.ts'

const calendar = new Calendar('UTC')
const me = { id: people.ann.id, name: 'ann' }
const layout = new Layout({ columns: 60, calendar })

/** A transcript of messages with these texts. */
function filled(...texts: readonly string[]): {
  transcript: Transcript
  viewport: Viewport
  say: (text: string) => void
} {
  const transcript = new Transcript()
  let seq = 1_000
  const say = (text: string): void => {
    seq += 1
    transcript.receive(
      {
        kind: 'message',
        message: { room: 'r', seq, id: `m${seq}`, author: people.bob, text, at: '2026-11-23T12:31:00.000Z' },
      },
      me,
      0,
    )
  }
  for (const text of texts) say(text)
  return { transcript, viewport: new Viewport(transcript), say }
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `n${from + index}`)
const texts = (viewport: Viewport, height: number, by = layout): string[] =>
  viewport.view(by, height).rows.map(row => /n\d+/.exec(lineText(row))?.[0] ?? lineText(row).trim())

describe('a window on a transcript', () => {
  it('follows the newest message', () => {
    const { viewport, say } = filled(...numbers(1, 9))
    expect(texts(viewport, 3)).toEqual(['n7', 'n8', 'n9'])
    say('n10')
    expect(texts(viewport, 3)).toEqual(['n8', 'n9', 'n10'])
    expect(viewport.view(layout, 3)).toMatchObject({ newer: 0, atTop: false })
  })

  it('stays where it is while others write, and counts what is below', () => {
    const { viewport, say } = filled(...numbers(1, 9))
    viewport.scroll(-2, layout, 3)
    expect(texts(viewport, 3)).toEqual(['n5', 'n6', 'n7'])
    say('n10')
    expect(texts(viewport, 3)).toEqual(['n5', 'n6', 'n7'])
    expect(viewport.view(layout, 3).newer).toBe(3)
    viewport.scroll(99, layout, 3)
    expect(viewport.live).toBe(true)
    expect(texts(viewport, 3)).toEqual(['n8', 'n9', 'n10'])
  })

  it('stops at the first row, and stays there when older ones come', () => {
    const { viewport, transcript } = filled(...numbers(1, 9))
    viewport.scroll(-99, layout, 4)
    expect(texts(viewport, 4).slice(1)).toEqual(['n1', 'n2', 'n3'])
    expect(viewport.view(layout, 4).atTop).toBe(true)
    transcript.prepend(
      [{ room: 'r', seq: 1, id: 'old', author: people.bob, text: 'n0', at: '2026-11-23T12:31:00.000Z' }],
      true,
      me,
    )
    expect(texts(viewport, 4)).toEqual(['n0', 'n1', 'n2', 'n3'])
  })

  it('shows the place where reading stopped', () => {
    const { viewport, transcript, say } = filled('n1')
    const after = transcript.at(0)
    say('n2')
    if (after) viewport.unread = { after, count: 1 }
    expect(texts(viewport, 3)[1]).toMatch(/^── 1 new ─+$/)
  })

  const acts = fc.array(
    fc.oneof(
      fc.record({ say: fc.constantFrom('short', 'word '.repeat(30), 'a\nb\nc', 'x'.repeat(200)) }),
      fc.record({ scroll: fc.integer({ min: -30, max: 30 }) }),
      fc.record({ columns: fc.constantFrom(20, 45, 61, 100) }),
    ),
    { maxLength: 30 },
  )

  /** Rows of a window: as many as the screen has, none wider. */
  type Look = (viewport: Viewport, transcript: Transcript, by: Layout, height: number) => readonly Line[]
  const fills = (look: Look) =>
    fc.property(acts, fc.integer({ min: 1, max: 12 }), (list, height) => {
      const { viewport, transcript, say } = filled(...numbers(1, 20))
      let by = layout
      return list.every(act => {
        if ('say' in act) say(act.say)
        else if ('scroll' in act) viewport.scroll(act.scroll, by, height)
        else by = new Layout({ columns: act.columns, calendar })
        const rows = look(viewport, transcript, by, height)
        return rows.length === height && rows.every(row => lineCells(row) <= by.columns)
      })
    })

  it('always fills the screen where there is enough to show, in rows that fit', () => {
    const look: Look = (viewport, _, by, height) => viewport.view(by, height).rows
    expect(() => {
      fc.assert(fills(look), { numRuns: 1_000 })
    }).not.toThrow()
  })

  it('would be caught if it counted messages for rows', () => {
    const look: Look = (_, transcript, by, height) =>
      Array.from({ length: height }, (__, index) =>
        transcript.at(transcript.length - height + index),
      ).flatMap(entry => (entry ? by.rows(entry) : []))
    expect(fc.check(fills(look), { numRuns: 1_000 }).failed).toBe(true)
  })
})
