import { HubError, memoryLog, type MessageLog, secret, systemClock } from '@hubbub/hub'
import { must } from '../../../hub/test/properties/support/must.ts'
import { type Property, replace } from '../../../hub/test/properties/support/property.ts'
import { World } from '../../../hub/test/properties/support/world.ts'
import { CommandDesk } from '../../src/command-desk.ts'
import { commands as middleware } from '../../src/commands.ts'
import { FatedBroker } from './support/fated-broker.ts'
import { LINES } from './support/lines.ts'
import { Speaker } from './support/speaker.ts'

const WAITS = 30
const TIMEOUT_MS = 3_000
/** After this, every command that was given has met its fate. */
const OVER_MS = 8_000
const SHOWN: ReadonlySet<string> = new Set(LINES.flatMap(line => ('shown' in line ? line.shown : [])))

export const commands: Property = {
  name: 'commands',
  promise:
    'a command goes to the broker and nowhere else, and where it was acked, the room has one answer to it',
  cases: [
    'confirmed',
    'unconfirmed',
    'unavailable',
    'no-bot',
    'answered',
    'answered twice',
    'answered late',
    'never answered',
    'no answer in time',
    'handed over again',
    'too late',
    'log down',
  ],
  play: async (exploration, sees) => {
    const { integer, pick, step, idle } = exploration
    const entered: string[] = []
    let isDown = false
    const inner = memoryLog({ clock: systemClock, secret })
    const log: MessageLog = {
      ...inner,
      append(room, drafts) {
        for (const { id, author } of drafts) if (author.kind === 'user') entered.push(id)
        if (!isDown) return inner.append(room, drafts)
        sees('log down')
        throw new HubError('unavailable', 'the log is down')
      },
    }
    const world = new World(exploration, {
      log,
      authenticate: ({ token = '' }) => ({ id: token, name: token }),
      limits: { heartbeatMs: 1_000_000 },
    })
    const broker = new FatedBroker(world.clock, exploration, sees, ({ commandId }) => entered.push(commandId))
    world.hub.use(async ({ request }, next) => {
      if (request.type === 'publish') await step('think')
      await next()
    })
    world.hub.use(middleware({ broker, timeout: TIMEOUT_MS }))
    const breakDown = async () => {
      for (let wait = integer(0, WAITS); wait > 0; wait -= 1) await step('wait')
      isDown = pick([false, true])
      world.clock.setTimer(() => (isDown = false), pick([500, 3_500]))
    }
    const speakers = [new Speaker('ann', world), new Speaker('bob', world)]
    const talking = new Set(speakers)
    const talks = speakers.map(each => each.speak(exploration).finally(() => talking.delete(each)))
    const pass = async () => {
      while (talking.size > 0) {
        if (pick([true, false])) {
          await idle()
          for (const speaker of speakers) speaker.look()
        }
        await world.pass(pick([1_000, 1, 200]))
      }
    }
    await Promise.all([...talks, breakDown(), pass()])
    for (let rest = 0; rest < 2; rest += 1) {
      await idle()
      await world.clock.advance(OVER_MS)
    }
    await idle()
    const { messages } = await inner.read('general', { limit: 1_000 })
    for (const speaker of speakers) {
      speaker.judge({ messages, sent: broker.sent, entered }, sees)
      for (const { author, text } of speaker.peers.flatMap(peer => peer.of('message')))
        must(author.kind === 'bot' || SHOWN.has(text), `${text} was shown to the room`)
    }
    await world.close()
  },
  twin: {
    does: 'acks a command before the broker has it',
    breaks: () =>
      replace(
        CommandDesk.prototype,
        'hand',
        hand =>
          function (this: CommandDesk, command, bot, accept) {
            accept()
            return hand.call(this, command, bot, accept)
          },
      ),
  },
}
