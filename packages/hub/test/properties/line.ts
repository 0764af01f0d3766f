import { type Context, memoryLog, type MessageLog, secret } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'
import { Dispatch } from '../../src/dispatch.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Talker } from './support/talker.ts'
import { World } from './support/world.ts'

/** Frames of one session that may wait. */
const WAITING = 2

/** Notes the ids that it is asked to append, in the order of the calls. */
function notingLog(entered: string[]): MessageLog {
  const log = memoryLog({ clock: new VirtualClock(), secret })
  return {
    ...log,
    append: (room, drafts) => {
      entered.push(...drafts.map(({ id }) => id))
      return log.append(room, drafts)
    },
  }
}

/** The next of the talker's frames has its turn: only now, and only when all before it are with the log or a bot. */
function begin(talker: Talker, { request }: Context, entered: readonly string[]): void {
  const { taken, commands, begun } = talker
  const id = 'id' in request ? request.id : ''
  must(id === taken[begun], `${id} came out of its turn`)
  for (const before of taken.slice(1, begun))
    must(commands.has(before) || entered.includes(before), `${id} began before ${before} was appended`)
  talker.begun += 1
}

export const line: Property = {
  name: 'line',
  promise:
    'the frames of a session are handled one after another, and what finds no place in the line is refused',
  cases: ['refused', 'flooded', 'passed a command'],
  play: async (exploration, sees) => {
    const { pick, step, idle } = exploration
    const entered: string[] = []
    const world = new World(exploration, { limits: { inboundFrames: WAITING }, log: notingLog(entered) })
    const talkers = ['ann', 'bob'].map(name => new Talker(name, world, WAITING))
    const bot = Promise.withResolvers<void>()
    world.hub.use(async (context, next) => {
      const { request, user } = context
      const talker = talkers.find(({ name }) => name === user.name)
      if (talker) begin(talker, context, entered)
      if (request.type !== 'publish') return next()
      if (pick([true, false])) await step('middleware')
      if (!talker?.commands.has(request.id)) return next()
      const taken = bot.promise.then(() => {
        context.acceptCommand()
      })
      context.detach(taken)
      // Whoever detaches may wait for it all the same.
      return pick([true, false]) ? taken : undefined
    })
    await Promise.all(talkers.map(talker => talker.live(exploration)))
    await idle()
    for (const talker of talkers) {
      const { refused, flooded, commands, taken } = talker
      talker.judge(false)
      if (refused.length > 0) sees('refused')
      if (flooded) sees('flooded')
      else if (commands.has(taken[1] ?? '') && commands.size < taken.length - 1) sees('passed a command')
    }
    bot.resolve()
    await idle()
    for (const talker of talkers) talker.judge(true)
    await world.close()
  },
  twin: {
    does: 'handles a publish while the one before is still with the middleware',
    breaks: () =>
      replace(
        Dispatch.prototype,
        'handle',
        handle =>
          function (this: Dispatch, session, text, waitedMs) {
            const work = handle.call(this, session, text, waitedMs)
            return text.includes('"publish"') ? undefined : work
          },
      ),
  },
}
