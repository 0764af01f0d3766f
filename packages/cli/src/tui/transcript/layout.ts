/** From entries to rows of exact width. Pure: the same entries and the same width give the same rows. */
import { cellWidth, fitRight } from '../../terminal/width.ts'
import { wrapText } from '../../terminal/wrap.ts'
import { fitLine, type Line, type Span, span } from '../line.ts'
import { personStyle, type Style } from '../theme.ts'
import type { Calendar } from './calendar.ts'
import type { Entry, NoticeEntry, OwnEntry } from './entry.ts'

/** Rows that one message may take; a wall of line breaks is folded. */
const MAX_ROWS = 40
/** Below this width there is no column for names. */
const NARROW = 60

/** What the rows depend on besides the entry. */
export interface LayoutOptions {
  /** Cells of a row. */
  readonly columns: number
  readonly calendar: Calendar
}

/** Lays out entries for one width and remembers the rows. */
export class Layout {
  readonly columns: number
  readonly #calendar: Calendar
  readonly #rows = new WeakMap<Entry, readonly Line[]>()

  constructor({ columns, calendar }: LayoutOptions) {
    this.columns = Math.max(1, columns)
    this.#calendar = calendar
  }

  /** The rows of an entry; never none. */
  rows(entry: Entry): readonly Line[] {
    const known = this.#rows.get(entry)
    if (known) return known
    const rows = this.#layOut(entry)
    this.#rows.set(entry, rows)
    return rows
  }

  /**
   * The line above the first entry of a day; undefined where `entry` is of the same day as the one before. The
   * client's own notices belong to no day: they are written now, whatever history stands around them.
   */
  separator(entry: Entry, before: Entry | undefined): Line | undefined {
    if (entry.kind === 'notice') return undefined
    const day = this.#calendar.day(entry.at)
    if (before !== undefined && this.#calendar.day(before.at) === day) return undefined
    return rule(day, this.columns, 'day')
  }

  #layOut(entry: Entry): readonly Line[] {
    return this.columns < NARROW ? this.#narrow(entry) : this.#wide(entry)
  }

  #wide(entry: Entry): readonly Line[] {
    const nameCells = this.columns >= 100 ? 16 : 12
    const { name, bar, text, mark } = look(entry)
    const gutter = 1 + 5 + 1 + nameCells + 3
    const markCells = mark ? cellWidth(mark[0]) + 1 : 1
    const rows = fold(wrapText(entry.text, Math.max(1, this.columns - gutter - markCells)))
    return rows.map((row, index) => {
      const first = index === 0
      const line: Span[] = [
        [first ? ` ${this.#calendar.time(entry.at)} ` : ' '.repeat(7), 'dim'],
        [fitRight(first ? name[0] : '', nameCells), name[1] ?? 'dim'],
        [` ${first || LINES.has(bar[0]) ? bar[0] : ' '} `, bar[1] ?? 'dim'],
        span(row, text),
      ]
      return withMark(line, index === rows.length - 1 ? mark : undefined, this.columns)
    })
  }

  #narrow(entry: Entry): readonly Line[] {
    const { name, bar, text, mark } = look(entry)
    const symbol = LINES.has(bar[0]) && bar[0] !== '▌' ? ':' : ` ${bar[0]}`
    const time = `${this.#calendar.time(entry.at)} `
    const head = `${name[0]}${symbol} `.trimStart()
    const end = mark && span(mark[0].slice(-1), mark[1])
    // The head is wrapped with the text, so that a long name cannot push the text off the screen.
    const rows = fold(wrapText(time + head + entry.text, Math.max(1, this.columns - 4)))
    return rows.map((row, index) => {
      const line: Span[] =
        index > 0 || !row.startsWith(time + head)
          ? [[index > 0 ? '  ' : ''], span(row, text)]
          : [[time, 'dim'], span(head, name[1] ?? bar[1]), span(row.slice(time.length + head.length), text)]
      return withMark(line, index === rows.length - 1 ? end : undefined, this.columns)
    })
  }
}

/** A line across the screen with a title in it. */
export function rule(title: string, columns: number, style: Style): Line {
  const start = `── ${title} `
  return fitLine([[start + '─'.repeat(Math.max(0, columns - start.length)), style]], columns)
}

/** How an entry is told from others: always by a symbol, and by a colour for those who see it. */
interface Look {
  readonly name: Span
  /** Between name and text. */
  readonly bar: Span
  readonly text?: Style
  /** At the right edge. */
  readonly mark?: Span
}

/** Bars that run beside every row of an entry; other symbols stand at the first. */
const LINES: ReadonlySet<string> = new Set(['│', '┃', '▌'])

const SENT: Span = ['✓', 'dim']
const OWN_LOOKS: Readonly<Record<OwnEntry['state'], Omit<Look, 'name'>>> = {
  waiting: { bar: ['│', 'dim'], text: 'dim', mark: ['◌', 'gap'] },
  sent: { bar: ['│', 'dim'], mark: SENT },
  command: { bar: ['›', 'command'], text: 'command', mark: ['only you see this ✓', 'dim'] },
  refused: { bar: ['✗', 'error'], text: 'dim', mark: ['✗', 'error'] },
}
const NOTICE_LOOKS: Readonly<Record<NoticeEntry['tone'], Look>> = {
  info: { name: [''], bar: ['·', 'dim'], text: 'dim' },
  gap: { name: [''], bar: ['⚠', 'gap'], text: 'gap' },
  error: { name: [''], bar: ['✗', 'error'], text: 'error' },
}

function look(entry: Entry): Look {
  if (entry.kind === 'notice') return NOTICE_LOOKS[entry.tone]
  if (entry.kind === 'own') return { name: [entry.author, 'me'], ...OWN_LOOKS[entry.state] }
  const { author, role, mention } = entry
  if (role === 'bot') return { name: [`◆ ${author}`, 'botName'], bar: ['┃', 'bot'], text: 'bot' }
  if (role === 'me') return { name: [author, 'me'], bar: ['│', 'dim'], mark: SENT }
  const name: Span = [author, personStyle(author)]
  return mention ? { name, bar: ['▌', 'mention'], text: 'mention' } : { name, bar: ['│', 'dim'] }
}

function withMark(line: Line, mark: Span | undefined, columns: number): Line {
  if (!mark) return line
  const cells = cellWidth(mark[0])
  return [...fitLine(line, Math.max(0, columns - cells - 1)), [' '], mark]
}

function fold(rows: readonly string[]): readonly string[] {
  if (rows.length <= MAX_ROWS) return rows
  return [...rows.slice(0, MAX_ROWS - 1), `… ${rows.length - MAX_ROWS + 1} more lines`]
}
