/** What a person may type as a symbol. */
import { excerpt } from './excerpt.ts'

/** The accepted form, as people are told it. */
export const SYMBOL_FORM =
  "A symbol looks like AAPL.US: 1–20 letters and digits, with '.', '-' or '_' between them, and '^' in front for an index"

/** Most symbols that one command may ask for. */
export const MAX_SYMBOLS = 10

/** Symbols in upper case, each once, in the order given; or what to tell who typed them. */
export type ParsedSymbols =
  | { readonly ok: true; readonly symbols: readonly string[] }
  | { readonly ok: false; readonly message: string }

// Every '.', '-' and '_' stands between letters or digits, so that neither `..` nor a path gets through.
const SYMBOL = /^\^?[A-Z0-9](?:[A-Z0-9]|[._-](?=[A-Z0-9])){0,19}$/

// Ten symbols of 21 characters with their separators, and room for generous spacing.
const MAX_LENGTH = 400

/** Whether a text is one symbol in its canonical, upper-case form. */
export function isSymbol(text: string): boolean {
  return SYMBOL.test(text)
}

/** Reads one or more symbols, separated by commas, spaces or `+`. Never throws. */
export function parseSymbols(text: string): ParsedSymbols {
  if (text.length > MAX_LENGTH) return refused('That is too long for a list of symbols.')
  const words = text.split(/[\s,+]+/u).filter(word => word !== '')
  if (words.length === 0) return refused('Which symbol?')
  const symbols = new Set<string>()
  for (const word of words) {
    const symbol = word.toUpperCase()
    // The word as typed is checked too: some letters outside ASCII, 'ı' and 'ſ', have an ASCII upper case.
    if (!isSymbol(symbol) || !/^[\^\w.-]+$/.test(word)) {
      return refused(`"${excerpt(word, 24)}" is not a symbol.`)
    }
    symbols.add(symbol)
  }
  if (symbols.size > MAX_SYMBOLS) {
    return refused(`At most ${MAX_SYMBOLS} symbols at once, and these are ${symbols.size}.`)
  }
  return { ok: true, symbols: [...symbols] }
}

function refused(what: string): ParsedSymbols {
  return { ok: false, message: `${what} ${SYMBOL_FORM}.` }
}
