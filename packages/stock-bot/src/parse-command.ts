// The line break belongs to the arguments: `/note=two\nlines` is one command.
const COMMAND = /^\/([a-z][a-z0-9_-]{0,31})(?:[= ](.*))?$/is
const NAME = /^[a-z][a-z0-9_-]{0,31}$/

/** What a text asks for. */
export type ParsedText =
  | { readonly kind: 'command'; readonly name: string; readonly args: string }
  | { readonly kind: 'text'; readonly text: string }

/**
 * Tells commands from texts: `/stock=AAPL.US` and `/stock AAPL.US` are the command `stock`, `//x` is the text
 * `/x`, and all else is text as it stands. A command's name comes in lower case; its `args` are what stood
 * behind the `=` or space, unchanged, and '' where nothing did.
 */
export function parseCommand(text: string): ParsedText {
  if (text.startsWith('//')) return { kind: 'text', text: text.slice(1) }
  const match = COMMAND.exec(text)
  if (!match) return { kind: 'text', text }
  const [, name = '', args = ''] = match
  return { kind: 'command', name: name.toLowerCase(), args }
}

/** Whether `name` may name a command: a letter, then at most 31 of letters, digits, `_` and `-`; lower case. */
export function isCommandName(name: string): boolean {
  return NAME.test(name)
}
