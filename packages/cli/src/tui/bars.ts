/** The lines around the transcript: rooms above, state and hints below. */
import { sanitizeLine, sanitizeName } from '../terminal/sanitize.ts'
import { cellWidth, truncate } from '../terminal/width.ts'
import { type Line, lineCells, span, type Span, spread } from './line.ts'
import { MAX_TEXT } from './controls.ts'
import type { RoomView } from './room-view.ts'
import type { ChatSession } from './session.ts'

/** The rooms, the current one marked, with what is new in the others; the address at the right edge. */
export function roomsBar(session: ChatSession, columns: number): Line {
  const tabs = session.rooms.map((room, index) => tab(room, index, index === session.currentIndex))
  // Tabs on the left give way until the current one fits.
  let first = 0
  const width = () =>
    tabs.slice(first, session.currentIndex + 1).reduce((sum, each) => sum + lineCells(each), 0)
  while (first < session.currentIndex && width() > columns - 2) first += 1
  const left = tabs.slice(first).flat()
  const address: Line = [[`${sanitizeLine(session.address)} `, 'dim']]
  const fits = lineCells(left) + lineCells(address) + 1 <= columns
  return spread([...(first > 0 ? ([['…', 'dim']] as const) : []), ...left], fits ? address : [], columns)
}

function tab(room: RoomView, index: number, current: boolean): Line {
  const number = index < 9 ? `${index + 1} ` : ''
  const gone: Span[] = room.status === 'left' ? [[' ✗', 'error']] : []
  if (current) return [[` ${number}${room.name} `, 'selected'], ...gone, [' ']]
  const news: Span[] =
    room.mentions > 0
      ? [[` !${room.mentions}`, 'mention']]
      : room.unread > 0
        ? [[` •${room.unread}`, 'accent']]
        : []
  return [
    [` ${number}`, 'dim'],
    span(room.name, room.unread > 0 ? 'bold' : undefined),
    ...news,
    ...gone,
    [' '],
  ]
}

/** The rule between transcript and input: who is here and who writes, and what the connection does. */
export function statusLine(session: ChatSession, newer: number, columns: number): Line {
  const right: Line = [[' '], ...connection(session, columns), [' '], ['──', 'dim']]
  return spread([['── ', 'dim'], ...news(session, newer), [' ']], right, columns, ['─', 'dim'])
}

function news(session: ChatSession, newer: number): Line {
  const room = session.current
  if (session.remark !== undefined) return [[sanitizeLine(session.remark), 'gap']]
  const people: Span[] = [[room.name, 'bold'], [` · ${here(room)}`]]
  if (!room.viewport.live) {
    const below = newer === 0 ? '' : `${newer} below, `
    return [...people, [` · ↓ ${below}End to return`, 'gap']]
  }
  const { typing } = room
  if (typing.length === 0) return people
  const who =
    typing.length > 2
      ? `${typing.length} people are`
      : `${typing.join(' and ')} ${typing.length === 1 ? 'is' : 'are'}`
  return [...people, [` · ${who} typing…`, 'accent']]
}

const here = ({ status, count }: RoomView): string =>
  ({ joining: 'joining…', joined: `${count} here`, left: 'left' })[status]

/** What the connection does, as a symbol and in words; a long reason is cut, so that the room's name stays. */
function connection(session: ChatSession, columns: number): Line {
  const waiting = session.pending
  const queued: Span[] = waiting > 0 ? [[` · ◌ ${waiting} unsent`, 'gap']] : []
  return [...stateSpans(session, Math.max(12, columns - 60)), ...queued]
}

function stateSpans({ connection: state, clock, since }: ChatSession, reasonCells: number): Line {
  if (state.status === 'online')
    return [['●', 'good'], [' online as '], [sanitizeName(state.user.name), 'me']]
  if (state.status === 'closed') {
    const reason = state.reason === '' ? `code ${state.code}` : sanitizeLine(state.reason)
    return [[`✗ disconnected: ${truncate(reason, reasonCells)}`, 'error']]
  }
  if (state.status === 'connecting')
    return [[state.attempt > 1 ? `○ connecting, attempt ${state.attempt}…` : '○ connecting…', 'gap']]
  const left = state.retryInMs - (clock.monotonic() - since)
  const seconds = Math.max(0, Math.ceil(left / 1_000))
  const reason = truncate(sanitizeLine(state.reason), reasonCells)
  return [[`○ reconnecting in ${seconds} s: ${reason}`, 'gap']]
}

/** The keys that matter now, as many as fit, and how long the text is when that matters. */
export function hintLine(session: ChatSession, columns: number): Line {
  const length = Array.from(session.editor.text).length
  const counts = !session.join && length >= MAX_TEXT * 0.8
  const right: Line = counts ? [[`${length}/${MAX_TEXT} `, length > MAX_TEXT ? 'error' : 'gap']] : []
  let left = ''
  for (const hint of hints(session)) {
    const longer = left === '' ? ` ${hint}` : `${left} · ${hint}`
    if (cellWidth(longer) + lineCells(right) + 1 > columns) break
    left = longer
  }
  return spread([[left, 'dim']], right, columns)
}

/** The most needed first. */
function hints(session: ChatSession): readonly string[] {
  if (session.join) return ['Enter join', 'Esc back', 'Tab complete', '↑↓ choose']
  if (session.panel !== 'none') return ['Esc close this']
  return [
    'Enter send',
    session.editor.text === '' ? 'Ctrl+C quit' : 'Ctrl+C clear',
    'Ctrl+G help',
    'Ctrl+O join a room',
    ...(session.rooms.length > 1 ? ['Ctrl+N/P switch room'] : []),
    'PgUp older',
  ]
}
