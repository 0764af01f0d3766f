/** A command of your own: `/roll=2d6`, with arguments that are checked and typed before it runs. */
import { type BotCommand, defineCommand, schema } from '@hubbub/stock-bot'

const MOST = { dice: 20, sides: 1_000 }

/** Reads `2d6`, `d20` or nothing at all. What it throws is shown to the user, behind the usage. */
const dice = schema((text: string) => {
  const [, count, sides] = /^(\d*)d(\d+)$/.exec(text.trim().toLowerCase() || '1d6') ?? []
  if (sides === undefined) throw new Error('dice look like 2d6 or d20')
  const read = { count: Number(count || 1), sides: Number(sides) }
  if (read.count < 1 || read.count > MOST.dice) throw new Error(`1 to ${MOST.dice} dice`)
  if (read.sides < 2 || read.sides > MOST.sides) throw new Error(`2 to ${MOST.sides} sides`)
  return read
})

/** How the command is made. */
export interface RollOptions {
  /** From 0 up to but not 1. A test gives one whose rolls it knows. @default Math.random */
  readonly random?: () => number
}

export function rollCommand({ random = Math.random }: RollOptions = {}): BotCommand {
  return defineCommand({
    name: 'roll',
    aliases: ['dice'],
    usage: '/roll=2d6',
    description: 'Rolls dice: how many, and with how many sides.',
    args: dice,
    // One after another for each person: nobody's second roll is read out before their first.
    key: ({ author }) => author.id,
    run({ args: { count, sides }, author }) {
      const rolls = Array.from({ length: count }, () => 1 + Math.floor(random() * sides))
      const total = rolls.reduce((sum, roll) => sum + roll, 0)
      return `${author.name} rolled ${rolls.join(' + ')}${count > 1 ? ` = ${total}` : ''}`
    },
  })
}
