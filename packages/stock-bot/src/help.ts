/** What people are told about the commands that there are. All of it is made from the commands' definitions. */
import type { CommandInfo } from './broker/broker.ts'
import { didYouMean } from './did-you-mean.ts'

/** The command that tells about the others. */
export const HELP = 'help'
/** Most commands that a refusal names. */
const NAMED = 20
/** The longest list, in characters: with the lines around it, it fits into a message of 4,000. */
const ROOM = 3_800
/** The longest usage and description in a list, in characters: announcements come from anywhere. */
const LONGEST = { usage: 100, description: 200 }

/** What `/help` says of itself. */
export function helpInfo(bot: string): CommandInfo {
  const description = `Lists the commands; /${HELP}=name tells all about one of them.`
  return { name: HELP, aliases: [], usage: `/${HELP}`, description, bot }
}

/**
 * The answer to `/help`: a line for each command, in the order of their names; to `/help=stock` or `/help /stock`,
 * by name or alias, all about that one. It fits into a message, however many commands there are.
 */
export function helpText(topic: string, known: readonly CommandInfo[]): string {
  const name = topic.trim().replace(/^\//, '').toLowerCase()
  if (name !== '') {
    const info = findCommand([...known, helpInfo(HELP)], name)
    return info ? about(info) : unknownCommand(name, known)
  }
  const sorted = known.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const [first] = sorted
  if (!first) return 'No commands are known here.'
  const listed: string[] = []
  let left = ROOM
  for (const info of sorted) {
    const next = line(info)
    left -= next.length + 1
    if (left < 0) break
    listed.push(next)
  }
  const more = sorted.length > listed.length ? [`… and ${sorted.length - listed.length} more`] : []
  return [...listed, ...more, `/${HELP}=${first.name} tells all about /${first.name}.`].join('\n')
}

/** What is said of a name that no command has: which one was meant, `/help` included, or which there are. */
export function unknownCommand(name: string, known: readonly CommandInfo[], hasHelp = true): string {
  const near = nearestName(name, known, hasHelp)
  if (near !== undefined) return `No bot knows /${short(name, 32)}; did you mean /${near}?`
  const usages = known.slice(0, NAMED).map(({ usage }) => short(usage, LONGEST.usage))
  const more = known.length > usages.length ? `, and ${known.length - usages.length} more` : ''
  const rest =
    known.length === 0 ? 'No commands are known here.' : `Commands here: ${usages.join(', ')}${more}`
  return `No bot knows /${short(name, 32)}. ${rest}`
}

/** The name or alias that was most likely meant; undefined where none is near. */
export function nearestName(
  typed: string,
  known: readonly CommandInfo[],
  hasHelp = true,
): string | undefined {
  const names = [
    ...known.map(({ name }) => name),
    ...(hasHelp ? [HELP] : []),
    ...known.flatMap(({ aliases }) => aliases),
  ]
  return didYouMean(typed, names)
}

/** A command by its name; by an alias only where no command has that name. */
export function findCommand(known: readonly CommandInfo[], name: string): CommandInfo | undefined {
  return known.find(each => each.name === name) ?? known.find(({ aliases }) => aliases.includes(name))
}

function line({ usage, description }: CommandInfo): string {
  const use = short(usage, LONGEST.usage)
  return description === '' ? use : `${use} – ${short(description, LONGEST.description)}`
}

function about({ name, aliases, usage, description, bot }: CommandInfo): string {
  return [
    short(usage, LONGEST.usage),
    ...(description === '' ? [] : [description]),
    ...(aliases.length === 0 ? [] : [`Also: ${aliases.map(alias => `/${alias}`).join(', ')}`]),
    `/${name} is answered by ${short(bot, 32)}.`,
  ].join('\n')
}

/** On one line, so that no command can pretend to be two. */
function short(text: string, most: number): string {
  const characters = Array.from(text.replaceAll(/[\s\p{C}]+/gu, ' ').trim())
  return characters.length <= most ? characters.join('') : `${characters.slice(0, most - 1).join('')}…`
}
