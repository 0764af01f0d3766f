import type { BotCommand } from './command.ts'

/**
 * Finds a bot's commands by name and alias.
 * @throws RangeError where there is no command, TypeError where two have one name
 */
export function commandTable(commands: readonly BotCommand[]): ReadonlyMap<string, BotCommand> {
  if (commands.length === 0) throw new RangeError('commands must have at least one command')
  const all = new Map<string, BotCommand>()
  for (const command of commands)
    for (const name of [command.name, ...command.aliases]) {
      if (all.has(name)) throw new TypeError(`two commands are called /${name}`)
      all.set(name, command)
    }
  return all
}
