import { describe, expect, it } from 'vitest'
import { lineText } from '../../../src/tui/line.ts'
import type { Entry } from '../../../src/tui/transcript/entry.ts'
import { Calendar } from '../../../src/tui/transcript/calendar.ts'
import { Layout } from '../../../src/tui/transcript/layout.ts'

const calendar = new Calendar('UTC')
const at = Date.UTC(2026, 10, 23, 12, 31)
const person: Entry = {
  kind: 'message',
  seq: 1,
  id: 'a',
  at,
  author: 'bob',
  role: 'person',
  text: 'hello',
  mention: false,
}
const own: Entry = { kind: 'own', id: 'a', at, author: 'ann', text: 'hello', state: 'waiting' }

const rows = (entry: Entry, columns = 60): string[] =>
  new Layout({ columns, calendar }).rows(entry).map(row => lineText(row).trimEnd())

describe('the rows of an entry', () => {
  it('are time, name and text', () => {
    expect(rows(person)).toEqual([' 12:31          bob │ hello'])
  })

  it('hang under the text where it is long', () => {
    expect(rows({ ...person, text: 'one two three four five six seven eight' })).toEqual([
      ' 12:31          bob │ one two three four five six seven',
      '                    │ eight',
    ])
  })

  it('tell a bot, a mention, a notice and a gap by symbols', () => {
    const notice: Entry = { kind: 'notice', at, tone: 'gap', text: 'gone' }
    expect(rows({ ...person, role: 'bot', author: 'quotes' })).toEqual([' 12:31     ◆ quotes ┃ hello'])
    expect(rows({ ...person, mention: true })).toEqual([' 12:31          bob ▌ hello'])
    expect(rows(notice)).toEqual([' 12:31              ⚠ gone'])
    expect(rows({ ...notice, tone: 'error' })).toEqual([' 12:31              ✗ gone'])
  })

  it('mark what became of my own', () => {
    expect(rows(own)).toEqual([`${' 12:31          ann │ hello'.padEnd(59)}◌`])
    expect(rows({ ...own, state: 'sent' })).toEqual([`${' 12:31          ann │ hello'.padEnd(59)}✓`])
    expect(rows({ ...own, state: 'refused' })).toEqual([`${' 12:31          ann ✗ hello'.padEnd(59)}✗`])
    expect(rows({ ...own, state: 'command' })).toEqual([
      `${' 12:31          ann › hello'.padEnd(41)}only you see this ✓`,
    ])
  })

  it('have no gutter on a narrow screen', () => {
    expect(rows({ ...person, text: 'one two three four' }, 30)).toEqual([
      '12:31 bob: one two three',
      '  four',
    ])
    expect(rows({ ...own, state: 'command' }, 30)).toEqual([`${'12:31 ann › hello'.padEnd(29)}✓`])
  })

  it('are folded where one message would fill the screen', () => {
    const folded = rows({ ...person, text: Array.from({ length: 4_000 }, () => 'x').join('\n') })
    expect(folded).toHaveLength(40)
    expect(folded.at(-1)).toContain('… 3961 more lines')
  })

  it.each([1, 2, 5, 10])('exist on a screen of %i columns', columns => {
    expect(rows(person, columns).length).toBeGreaterThan(0)
  })
})

describe('the days', () => {
  const layout = new Layout({ columns: 40, calendar })

  it('are told above their first message', () => {
    expect(lineText(layout.separator(person, undefined) ?? [])).toBe(
      '── Mon 23 Nov 2026 ─────────────────────',
    )
    expect(layout.separator(person, { ...person, at: at - 1_000 })).toBeUndefined()
    expect(layout.separator(person, { ...person, at: at - 86_400_000 })).toBeDefined()
  })

  it("are those of the user's time zone", () => {
    const tokyo = new Layout({ columns: 40, calendar: new Calendar('Asia/Tokyo') })
    const evening = { ...person, at: Date.UTC(2026, 10, 23, 23, 0) }
    expect(lineText(tokyo.separator(evening, undefined) ?? [])).toContain('Tue 24 Nov 2026')
  })
})
