/** Which key does what. Data: the help on the screen is made from it, so the two cannot disagree. */
import type { EditAction } from './editor/editor.ts'

/** Everything a key can ask for. */
export type Command =
  | EditAction
  | 'send'
  | 'older'
  | 'newer'
  | 'page-up'
  | 'page-down'
  | 'to-end'
  | 'next-room'
  | 'previous-room'
  | 'next-unread'
  | 'join'
  | 'leave'
  | 'people'
  | 'help'
  | 'interrupt'
  | 'end-of-input'
  | 'complete'
  | 'escape'
  | 'redraw'

const KEYS: Readonly<Record<string, Command>> = {
  enter: 'send',
  'ctrl+j': 'newline',
  'alt+enter': 'newline',
  'shift+enter': 'newline',
  up: 'older',
  down: 'newer',
  left: 'left',
  right: 'right',
  'ctrl+b': 'left',
  'ctrl+f': 'right',
  'ctrl+left': 'word-left',
  'ctrl+right': 'word-right',
  'alt+b': 'word-left',
  'alt+f': 'word-right',
  home: 'home',
  'ctrl+a': 'home',
  end: 'to-end',
  'ctrl+e': 'end',
  backspace: 'backspace',
  'ctrl+h': 'backspace',
  delete: 'delete',
  'ctrl+w': 'cut-word',
  'alt+backspace': 'cut-word',
  'ctrl+u': 'cut-to-start',
  'ctrl+k': 'cut-to-end',
  'ctrl+y': 'yank',
  pageup: 'page-up',
  pagedown: 'page-down',
  'ctrl+n': 'next-room',
  'ctrl+p': 'previous-room',
  'alt+right': 'next-room',
  'alt+left': 'previous-room',
  'alt+a': 'next-unread',
  'ctrl+o': 'join',
  'ctrl+x': 'leave',
  'ctrl+t': 'people',
  'ctrl+g': 'help',
  'ctrl+c': 'interrupt',
  'ctrl+d': 'end-of-input',
  tab: 'complete',
  escape: 'escape',
  'ctrl+l': 'redraw',
}

/** What a chord asks for: a command, the number of a room from 1, or nothing. */
export function commandOf(key: string): Command | number | undefined {
  const room = /^alt\+([1-9])$/.exec(key)
  if (room) return Number(room[1])
  return Object.hasOwn(KEYS, key) ? KEYS[key] : undefined
}

/** The help: keys and what they do, the most needed first. */
export const HELP: readonly (readonly [keys: string, does: string])[] = [
  ['Enter', 'send'],
  ['Ctrl+J, Alt+Enter', 'new line'],
  ['/name …', 'a command for the bots, such as /stock=AAPL.US'],
  ['Tab', 'complete a name'],
  ['Up, Down', 'what you sent before'],
  ['PgUp, PgDn, End', 'older, newer, newest messages'],
  ['Ctrl+O', 'join or open a room'],
  ['Ctrl+N, Ctrl+P, Alt+1…9', 'next, previous, first … ninth room'],
  ['Alt+A', 'next room with something new'],
  ['Ctrl+X', 'leave this room'],
  ['Ctrl+T', 'who is here'],
  ['Ctrl+A, Ctrl+E', 'start, end of the line'],
  ['Ctrl+W, Ctrl+U, Ctrl+K', 'cut the word, to the start, to the end'],
  ['Ctrl+Y', 'put back what was cut'],
  ['Ctrl+L', 'draw the screen again'],
  ['Ctrl+C', 'clear the line; on an empty line: quit'],
]
