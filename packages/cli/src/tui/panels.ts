/** What opens above the status line, and the list of people at the side. */
import type { Member } from '@hubbub/hub/client'
import { sanitizeName } from '../terminal/sanitize.ts'
import { cellWidth, fit } from '../terminal/width.ts'
import { type Line, span, type Span } from './line.ts'
import { HELP } from './keymap.ts'
import type { RoomView } from './room-view.ts'
import type { ChatSession } from './session.ts'
import { personStyle } from './theme.ts'

/** Rooms that the prompt offers at a time. */
const MAX_CHOICES = 8

/** The rows of the open panel; none where none is open. */
export function panelLines(session: ChatSession): readonly Line[] {
  if (session.join) return joinPanel(session.join)
  if (session.panel === 'help') return helpPanel()
  if (session.panel === 'people') return [title('Who is here'), ...peopleLines(session, 12)]
  return []
}

const title = (text: string): Line => [
  ['── ', 'dim'],
  [text, 'bold'],
]

function helpPanel(): readonly Line[] {
  const width = Math.max(...HELP.map(([keys]) => cellWidth(keys)))
  return [
    title('Keys'),
    ...HELP.map(([keys, does]): Line => [[`   ${fit(keys, width)}  `, 'accent'], [does]]),
  ]
}

function joinPanel(join: NonNullable<ChatSession['join']>): readonly Line[] {
  const { matches, selected, state } = join
  if (state === 'loading') return [title('Join a room'), [['   asking which rooms there are…', 'dim']]]
  if (state === 'failed')
    return [title('Join a room'), [['   the list of rooms is not to be had now', 'dim']]]
  if (matches.length === 0) return [title('Join a room'), [['   no such room yet: Enter asks for it', 'dim']]]
  const first = Math.max(0, (selected ?? 0) - MAX_CHOICES + 1)
  const rows = matches.slice(first, first + MAX_CHOICES).map(({ name, count }, index): Line => {
    const marked = first + index === selected
    return [
      [marked ? ' › ' : '   ', 'accent'],
      span(sanitizeName(name), marked ? 'bold' : undefined),
      [`  ${count} here`, 'dim'],
    ]
  })
  const more = matches.length - first - rows.length
  return [title('Join a room'), ...rows, ...(more > 0 ? [[[`   … ${more} more`, 'dim']] as Line] : [])]
}

/** The side list, exactly `rows` rows. */
export function sidebarLines(session: ChatSession, rows: number): readonly Line[] {
  const lines: Line[] = [[[`${session.current.count} here`, 'dim']], ...peopleLines(session, rows - 1)]
  return Array.from({ length: rows }, (_, index) => lines[index] ?? [])
}

/** The people of the current room, at most `most` rows, and what is left out as a number. */
function peopleLines({ current, me }: ChatSession, most: number): readonly Line[] {
  if (current.status === 'left') return [[['you are not here', 'dim']]]
  const members = current.members.toSorted(
    (a, b) => Number(b.id === me?.id) - Number(a.id === me?.id) || a.name.localeCompare(b.name),
  )
  if (members.length === 0) return current.count === 0 ? [] : [[['too many to list', 'dim']]]
  const typing = new Set(current.typing)
  const shown = members.length > most ? members.slice(0, Math.max(0, most - 1)) : members
  const missing = Math.max(current.count, members.length) - shown.length
  return [
    ...shown.map(member => person(member, member.id === me?.id, typing)),
    ...(missing > 0 ? [[[`  … ${missing} more`, 'dim']] as Line] : []),
  ]
}

function person({ name, kind }: Member, isMe: boolean, typing: ReadonlySet<RoomView['name']>): Line {
  const shown = sanitizeName(name)
  const mark: Span = kind === 'bot' ? ['◆ ', 'bot'] : isMe ? ['● ', 'me'] : ['○ ', 'dim']
  const look = kind === 'bot' ? 'botName' : isMe ? 'me' : personStyle(shown)
  return [
    mark,
    [shown, look],
    ...(isMe ? ([[' (you)', 'dim']] as const) : []),
    ...(typing.has(shown) ? ([[' …', 'accent']] as const) : []),
  ]
}
