/** The whole screen as painted rows; and, for the keys that scroll, what a page is at that size. */
import { inputRows } from './editor/rows.ts'
import { hintLine, roomsBar, statusLine } from './bars.ts'
import { fitLine, type Line, truncateLine } from './line.ts'
import { panelLines, sidebarLines } from './panels.ts'
import type { ChatSession } from './session.ts'
import { Layout } from './transcript/layout.ts'
import type { Theme } from './theme.ts'

/** From this width on the list of people stands beside the transcript. */
const WIDE = 100
const SIDEBAR_CELLS = 24
/** Cells of the prompt before the input. */
const PROMPT = '› '
const JOIN_PROMPT = 'join › '

/** The parts of a screen; together exactly as many rows as the terminal has. */
export interface Frame {
  readonly columns: number
  /** Above the transcript. */
  readonly top: readonly string[]
  /** The transcript and the side list. */
  readonly body: readonly string[]
  /** Panel, status, input and hints. */
  readonly bottom: readonly string[]
  /** Place on the screen, from 0. */
  readonly cursor: { readonly x: number; readonly y: number }
}

/** How to draw. */
export interface FrameOptions {
  readonly columns: number
  readonly rows: number
  readonly theme: Theme
}

/** Draws a session. Small terminals lose hints first, then bars; the input line stays. */
export function frameOf(session: ChatSession, { columns, rows, theme }: FrameOptions): Frame {
  const paint = (line: Line): string => theme.paint(truncateLine(line, columns))
  const top = rows >= 8 ? [paint(roomsBar(session, columns))] : []
  const hint = rows >= 12 ? [paint(hintLine(session, columns))] : []
  const statusRows = rows >= 4 ? 1 : 0

  const prompt = session.join ? JOIN_PROMPT : PROMPT
  const { text, cursor } = session.editor
  const most = Math.max(1, Math.floor(rows / 3))
  const input = inputRows(text, cursor, columns - prompt.length, most)
  const inputLines = input.rows.map((row, index) =>
    paint([[index === 0 ? prompt : ' '.repeat(prompt.length), 'accent'], [row]]),
  )
  const free = rows - top.length - hint.length - statusRows - inputLines.length
  const panel = panelLines(session)
    .slice(0, Math.max(0, free - 1))
    .map(paint)
  const height = Math.max(0, free - panel.length)

  session.wide = columns >= WIDE
  const side = session.wide && session.sidebar
  const bodyColumns = side ? columns - SIDEBAR_CELLS - 1 : columns
  if (session.layout.columns !== bodyColumns)
    session.layout = new Layout({ columns: bodyColumns, calendar: session.calendar })
  session.pageHeight = Math.max(1, height)
  const { rows: transcript, newer } = transcriptRows(session, height)
  const body = side ? beside(transcript, sidebarLines(session, height), bodyColumns) : transcript

  const status = statusRows === 1 ? [paint(statusLine(session, newer, columns))] : []
  const bottom = [...panel, ...status, ...inputLines, ...hint]
  const inputTop = top.length + height + panel.length + status.length
  return {
    columns,
    top,
    body: body.map(line => theme.paint(truncateLine(line, columns))),
    bottom,
    cursor: { x: Math.min(columns - 1, prompt.length + input.x), y: Math.min(rows - 1, inputTop + input.y) },
  }
}

/** Exactly `height` rows of the transcript, the newest at the bottom. */
function transcriptRows(session: ChatSession, height: number): { rows: readonly Line[]; newer: number } {
  const { viewport, transcript, loading, name } = session.current
  const view = viewport.view(session.layout, height)
  const missing = height - view.rows.length
  if (missing <= 0) return { rows: view.rows, newer: view.newer }
  const head: Line = loading
    ? [[' asking for older messages…', 'dim']]
    : transcript.complete
      ? [[` This is the beginning of ${name}.`, 'dim']]
      : []
  const blank: Line[] = Array.from({ length: missing - 1 }, () => [])
  return { rows: [...blank, head, ...view.rows], newer: view.newer }
}

const beside = (left: readonly Line[], right: readonly Line[], cells: number): readonly Line[] =>
  left.map((line, index) => [
    ...fitLine(line, cells),
    ['│', 'dim'],
    [' '],
    ...truncateLine(right[index] ?? [], SIDEBAR_CELLS - 1),
  ])
