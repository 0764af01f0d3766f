/** What each kind of text looks like. The only place with colours in it. */
import type { Line } from './line.ts'

/** Codes of SGR: with colour, and the attributes that stand in for it without. */
const STYLES = {
  dim: ['90', '2'],
  bold: ['1', '1'],
  selected: ['7', '7'],
  me: ['1;36', '1'],
  bot: ['35', ''],
  botName: ['1;35', '1'],
  mention: ['1;33', '1'],
  command: ['36', ''],
  gap: ['33', ''],
  error: ['31', ''],
  good: ['32', ''],
  accent: ['36', ''],
  day: ['90', '2'],
  person0: ['38;5;75', ''],
  person1: ['38;5;114', ''],
  person2: ['38;5;180', ''],
  person3: ['38;5;80', ''],
  person4: ['38;5;209', ''],
  person5: ['38;5;183', ''],
  person6: ['38;5;149', ''],
} as const

/** The name of a look. */
export type Style = keyof typeof STYLES

/** Paints lines with SGR codes. */
export interface Theme {
  paint(line: Line): string
}

/**
 * The theme. Without colour, state is still told by symbols, bold, dim and inverse: NO_COLOR asks for no colour,
 * not for no shape.
 */
export function createTheme({ colour }: { readonly colour: boolean }): Theme {
  const column = colour ? 0 : 1
  return {
    paint: line =>
      line
        .map(([text, style]) => {
          const code = style === undefined ? '' : STYLES[style][column]
          return code === '' || text === '' ? text : `\x1b[${code}m${text}\x1b[0m`
        })
        .join(''),
  }
}

/** Whether the environment wants colour: NO_COLOR (any value but the empty one) and `TERM=dumb` say no. */
export function wantsColour(env: Readonly<Record<string, string | undefined>>): boolean {
  return !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

/** A person's colour: the same name has the same one on every screen. */
export function personStyle(name: string): Style {
  let hash = 0
  for (const character of name.toLowerCase()) hash = (hash * 33 + (character.codePointAt(0) ?? 0)) % 9_973
  return PEOPLE[hash % PEOPLE.length] ?? 'person0'
}

const PEOPLE = ['person0', 'person1', 'person2', 'person3', 'person4', 'person5', 'person6'] as const
