import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Member } from '@hubbub/hub/client'
import { people } from './support/fake-client.ts'
import { Harness, useVirtualTime } from './support/harness.tsx'

const ESC = '\x1b'
const mallory: Member = { id: 'guest:mallory', name: `mal\u202elory${ESC}[31m\nfake`, kind: 'user' }

const attacks = [
  `${ESC}[2J${ESC}[H`,
  `${ESC}]0;pwned\x07`,
  `${ESC}]52;c;cm0gLXJmIC8=\x07`,
  `${ESC}]8;;https://evil.example${ESC}\\bank${ESC}]8;;${ESC}\\`,
  `${ESC}[8mhidden`,
  `${ESC}[?1049l${ESC}[6n${ESC}c`,
  `${ESC}]0;never ends`,
  '\x9b2J\x9d0;pwned\x9c',
  'safe\rroot\b\b',
  'line\n 12:31          bob │ I quit',
  'a\u2028b\u202egnp.exe',
  `Z${'\u0335\u0348'.repeat(50)}`,
  'hi\u{e0001}\u{e0068}',
  '\ud800 half',
]

describe('hostile input', () => {
  let tui: Harness
  const answers: string[] = []

  beforeEach(async () => {
    useVirtualTime()
    answers.length = 0
    tui = new Harness({ columns: 80, rows: 24, colour: true, notice: `notice ${ESC}[2J` })
    tui.screen.terminal.onData(data => answers.push(data))
    tui.screen.terminal.onTitleChange(title => answers.push(title))
    tui.screen.terminal.onBell(() => answers.push('bell'))
    await tui.join()
  })

  afterEach(async () => {
    await tui.close()
    vi.useRealTimers()
  })

  it.each(attacks)('shows %j in its own row and nothing else', async attack => {
    tui.room.say(people.bob, 'above')
    tui.room.say(mallory, attack)
    tui.room.say(people.bob, 'below')
    tui.room.emit('typing', mallory)
    tui.room.emit('presence', { members: [people.ann, mallory], count: 2 })
    await tui.flush()
    const lines = tui.screen.lines()
    const above = lines.findIndex(line => line.endsWith('bob │ above'))
    const below = lines.findIndex(line => line.endsWith('bob │ below'))
    const rows = lines.slice(above + 1, below)
    expect(rows).toHaveLength(attack.split('\n').length)
    expect(rows[0]).toMatch(/^ 12:31 mallory␛\[31… │ /)
    // What comes behind a line break is indented like all text: it cannot pass for a message.
    expect(rows.slice(1).every(row => /^ {20}│ /.test(row))).toBe(true)
    expect(answers).toEqual([])
    expect(tui.screen.terminal.buffer.active.type).toBe('alternate')
    expect(lines.at(-2)).toBe('›')
  })

  it("shows a server's words, states and rooms harmless", async () => {
    tui.client.list = [{ name: `evil${ESC}[2J`, count: 1 }]
    tui.client.set({ status: 'waiting', attempt: 1, retryInMs: 1_000, reason: `${ESC}]0;pwned\x07` })
    await tui.press('\x0f')
    expect(tui.screen.text()).toContain('evil␛[2J')
    expect(tui.screen.text()).toContain('␛]0;pwned␇')
    await tui.press('\x03')
    await tui.press('text\r')
    tui.room.published[0]?.reject(new Error(`no\n${ESC}[2J`))
    await tui.flush()
    expect(tui.screen.text()).toContain('Not sent: no⏎␛[2J')
    expect(answers).toEqual([])
  })

  it('pastes escapes as text', async () => {
    await tui.press(`${ESC}[200~a${ESC}]0;pwned\x07b${ESC}[201~`)
    expect(tui.screen.lines().at(-2)).toBe('› a␛]0;pwned␇b')
    expect(answers).toEqual([])
  })
})
