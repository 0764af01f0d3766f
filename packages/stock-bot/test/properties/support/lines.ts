/** What somebody may say: a text as the room shows it, or a command and its arguments. */
export type Line =
  | { readonly text: string; readonly shown: string }
  | { readonly text: string; readonly name: string; readonly args: string }

export const LINES: readonly [Line, ...Line[]] = [
  { text: 'hello', shown: 'hello' },
  { text: '/stock=AAPL.US', name: 'stock', args: 'AAPL.US' },
  { text: '/STOCK aapl', name: 'stock', args: 'aapl' },
  { text: '/note=two\nlines', name: 'note', args: 'two\nlines' },
  { text: '/q', name: 'q', args: '' },
  { text: '/x-1_y= ', name: 'x-1_y', args: ' ' },
  { text: '//stock=x', shown: '/stock=x' },
  { text: '/ stock', shown: '/ stock' },
  { text: '/1st', shown: '/1st' },
  { text: '/stock\nx', shown: '/stock\nx' },
  { text: `/${'a'.repeat(33)}`, shown: `/${'a'.repeat(33)}` },
]
