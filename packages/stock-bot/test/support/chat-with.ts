import { defineCommand, type BotCommand } from '../../src/command.ts'
import { commands, type CommandsOptions } from '../../src/commands.ts'
import { Chat } from './chat.ts'
import { settle } from './virtual-clock.ts'
import { type World, world } from './world.ts'

/** A chat with bots, and the world that they are in. */
export async function chatWith(options: Partial<CommandsOptions> = {}): Promise<{ at: World; chat: Chat }> {
  const at = await world()
  const chat = new Chat(at.clock).use(commands({ broker: at.broker, ...options }))
  await settle()
  return { at, chat }
}

/** The command `/stock`. */
export const stock = (
  run: () => string | Promise<string> = () => 'AAPL.US quote is $93.42 per share',
): BotCommand => defineCommand({ name: 'stock', aliases: ['quote', 'q'], usage: '/stock=AAPL.US', run })
