import { systemClock } from '@hubbub/hub'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { InputDecoder } from '../../src/terminal/decode.ts'
import { cellWidth } from '../../src/terminal/width.ts'
import { Controls } from '../../src/tui/controls.ts'
import { type Frame, frameOf } from '../../src/tui/frame.ts'
import { openScreen, type Screen } from '../../src/tui/screen.tsx'
import { ChatSession } from '../../src/tui/session.ts'
import { createTheme } from '../../src/tui/theme.ts'
import { FakeClient, people } from './support/fake-client.ts'
import { advance, useVirtualTime } from './support/harness.tsx'
import { TestScreen } from './support/screen.ts'

const ESC = '\x1b'
const words = fc.constantFrom(
  'hello',
  'ann: look',
  'x'.repeat(90),
  'a few words that need more than one row on most screens, and then some',
  '東京は晴れ、大阪は雨',
  'one\ntwo\n\nthree',
  `${ESC}[2J${ESC}]0;pwned\x07`,
  'Z\u0335\u0348\u0310\u0335\u0348',
  '\u202e\u200b\x9b',
)
const keys = fc.constantFrom(
  'a',
  'word ',
  '東',
  '\r',
  '\x7f',
  '\x15',
  '\x17',
  '\x01',
  '\n',
  `${ESC}[A`,
  `${ESC}[B`,
  `${ESC}[D`,
  `${ESC}[5~`,
  `${ESC}[6~`,
  `${ESC}[F`,
  '\x0f',
  '\x07',
  '\x14',
  '\x0e',
  '\x18',
  '\t',
  `${ESC}1`,
  `${ESC}a`,
  '\x0c',
  `${ESC}[200~p\rq${ESC}[201~`,
  'ops',
)
const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ say: words, by: fc.constantFrom('ann', 'bob', 'quotes'), in: fc.nat(2) }),
  },
  { weight: 6, arbitrary: fc.record({ keys }) },
  {
    weight: 1,
    arbitrary: fc.record({
      columns: fc.integer({ min: 20, max: 120 }),
      rows: fc.integer({ min: 4, max: 24 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      event: fc.constantFrom('typing', 'presence', 'skipped', 'reset', 'left', 'offline', 'online', 'answer'),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ wait: true }) },
)
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never

// oxlint-disable-next-line no-control-regex -- SGR
const plain = (row: string): string => row.replaceAll(/\x1b\[[0-9;]*m/g, '').trimEnd()

/** A whole chat on a screen. */
class Chat {
  readonly terminal = new TestScreen(80, 16)
  readonly client = new FakeClient(() => Date.now())
  readonly session: ChatSession
  readonly controls: Controls
  readonly screen: Screen
  readonly draw: () => Frame
  readonly #decoder = new InputDecoder()

  constructor(broken: (frame: Frame) => Frame) {
    this.client.list = [{ name: 'ops', count: 1 }]
    this.session = new ChatSession({
      client: this.client,
      room: 'general',
      address: 'here',
      clock: systemClock,
      timeZone: 'UTC',
      onChange: () => this.screen?.changed('soon'),
    })
    this.controls = new Controls(this.session, { onQuit() {}, onRedraw: () => this.screen.redraw() })
    const theme = createTheme({ colour: true })
    this.draw = () =>
      frameOf(this.session, { columns: this.terminal.columns, rows: this.terminal.rows, theme })
    this.screen = openScreen({ stdout: this.terminal, clock: systemClock, draw: () => broken(this.draw()) })
  }

  perform(each: Act): void {
    const rooms = [...this.client.opened.values()]
    const room = rooms[('in' in each ? each.in : 0) % rooms.length] ?? this.client.join('general')
    if ('say' in each) room.say(people[each.by as 'ann'], each.say)
    else if ('columns' in each) this.terminal.resize(each.columns, each.rows)
    else if ('keys' in each) {
      for (const event of this.#decoder.push(each.keys)) this.controls.handle(event)
      this.screen.changed('now')
    } else if ('event' in each) this.#happen(each.event)
  }

  #happen(event: string): void {
    for (const room of this.client.opened.values()) {
      if (event === 'typing') room.emit('typing', people.bob)
      if (event === 'presence')
        room.emit('presence', { members: [people.ann, people.bob, people.carol], count: 250 })
      if (event === 'skipped') room.emit('delivery', { kind: 'skipped', from: 1, to: 3 })
      if (event === 'reset') room.emit('delivery', { kind: 'reset', epoch: 'f', seq: 1, reason: 'epoch' })
      if (event === 'left' && this.client.opened.size > 1) room.emit('left', 'closed')
      if (event === 'online') room.confirm()
      if (event === 'answer') for (const { id, resolve } of room.published) resolve({ kind: 'command', id })
    }
    if (event === 'offline')
      this.client.set({ status: 'waiting', attempt: 2, retryInMs: 30_000, reason: 'lost' })
    if (event === 'online') this.client.online()
  }

  /** What is wrong with the screen. */
  async problem(): Promise<string | undefined> {
    await advance(100)
    const { top, body, bottom } = this.draw()
    const rows = [...top, ...body, ...bottom].map(plain)
    const { columns } = this.terminal
    if (rows.length !== this.terminal.rows)
      return `the frame has ${rows.length} rows, not ${this.terminal.rows}`
    const wide = rows.find(row => cellWidth(row) > columns)
    if (wide !== undefined) return `wider than ${columns}: ${wide}`
    const seen = this.terminal.lines()
    return JSON.stringify(seen) === JSON.stringify(rows)
      ? undefined
      : `wanted\n${rows.join('\n')}\nsaw\n${seen.join('\n')}`
  }

  async close(): Promise<void> {
    this.session.close()
    const closed = this.screen.close()
    await advance(100)
    await closed
    this.terminal.dispose()
  }
}

const shown = (broken: (frame: Frame) => Frame = frame => frame) =>
  fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 30 }), async acts => {
    const chat = new Chat(broken)
    const titles: string[] = []
    chat.terminal.terminal.onTitleChange(title => titles.push(title))
    try {
      for (const each of acts) {
        chat.perform(each)
        const problem = 'wait' in each ? await chat.problem() : undefined
        if (problem !== undefined) throw new Error(problem)
      }
      const problem = titles[0] ?? (await chat.problem())
      if (problem !== undefined) throw new Error(problem)
    } finally {
      await chat.close()
    }
  })

describe('the whole client', () => {
  beforeEach(useVirtualTime)
  afterEach(() => {
    vi.useRealTimers()
  })

  it(
    'shows exactly its frame, exactly as large as the terminal, whatever happens',
    { timeout: 120_000 },
    async () => {
      await expect(fc.assert(shown(), { numRuns: 40, endOnFailure: true })).resolves.toBeUndefined()
    },
  )

  it('would be caught if a frame were a row short', { timeout: 120_000 }, async () => {
    const { failed } = await fc.check(
      shown(frame => ({ ...frame, body: frame.body.slice(1) })),
      { numRuns: 10, endOnFailure: true },
    )
    expect(failed).toBe(true)
  })
})
