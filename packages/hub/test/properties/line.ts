import { memoryLog, type Middleware, secret } from '@hubbub/hub'
import { type Exploration, VirtualClock } from '@hubbub/hub/testing'
import { Dispatch } from '../../src/dispatch.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { Wire } from './support/wire.ts'
import { Witness } from './support/witness.ts'
import { World } from './support/world.ts'

/** Frames of one session that may wait. */
const WAITING = 2
/** Refusals in a row that are too many. */
const FLOOD = 100

/** Knows of each frame that it sends whether it must be taken or refused. */
class Sender {
  readonly wire: Wire
  readonly name: string
  /** What was taken, in the order of sending; `join` is first. */
  readonly taken = ['join']
  readonly commands = new Set<string>()
  readonly refused: string[] = []
  /** How many of those that were taken a middleware has seen. */
  begun = 0
  #inARow = 0

  constructor(name: string, { hub }: World) {
    this.name = name
    this.wire = new Wire(hub)
  }

  get flooded(): boolean {
    return this.#inARow >= FLOOD
  }

  async live({ integer, pick, step }: Exploration): Promise<void> {
    const { name } = this
    this.wire.say({ type: 'hello', id: 'h', name }, { type: 'join', id: 'join', room: 'general', last: 0 })
    for (let n = integer(1, 6); n > 0; n -= 1) {
      await step(`${name} speaks`)
      for (let burst = pick([1, 1, 2, 1, 3, 1, 4, FLOOD + WAITING]); burst > 0; burst -= 1)
        this.#publish(pick(['x', 'x', '/command']))
    }
  }

  #publish(text: string): void {
    if (this.flooded) return
    const id = `${this.name}-${this.taken.length + this.refused.length}`
    const fits = this.taken.length - this.begun < WAITING
    this.#inARow = fits ? 0 : this.#inARow + 1
    if (fits) this.taken.push(id)
    else this.refused.push(id)
    if (fits && text === '/command') this.commands.add(id)
    this.wire.say({ type: 'publish', id, room: 'general', text })
  }

  /** Ids that were answered with one type, in the order of the answers. */
  answered(type: 'ack' | 'error'): string[] {
    return this.wire.frames.flatMap(frame => (frame.type === type ? [frame.id ?? ''] : []))
  }
}

export const line: Property = {
  name: 'line',
  promise:
    'the frames of a session are handled one after another, and what finds no place in the line is refused',
  cases: ['refused', 'flooded', 'passed a command'],
  play: async (exploration, sees) => {
    const { pick, step, idle } = exploration
    /** In the order in which the log was asked to append them. */
    const entered: string[] = []
    const log = memoryLog({ clock: new VirtualClock(), secret })
    const world = new World(exploration, {
      limits: { inboundFrames: WAITING },
      log: {
        ...log,
        append: (room, drafts) => {
          entered.push(...drafts.map(({ id }) => id))
          return log.append(room, drafts)
        },
      },
    })
    const senders = ['ann', 'bob'].map(name => new Sender(name, world))
    const bot = Promise.withResolvers<void>()
    const middleware: Middleware = async (context, next) => {
      const sender = senders.find(({ name }) => name === context.user.name)
      const { request } = context
      if (!sender || request.type === 'typing') return next()
      const [, ...before] = sender.taken.slice(0, sender.begun)
      must(request.id === sender.taken[sender.begun], `${request.id} came out of its turn`)
      for (const id of before)
        must(sender.commands.has(id) || entered.includes(id), `${request.id} began before ${id} was appended`)
      sender.begun += 1
      if (request.type !== 'publish') return next()
      if (pick([true, false])) await step('middleware')
      if (!sender.commands.has(request.id)) return next()
      const command = async (): Promise<void> => {
        await bot.promise
        context.acceptCommand()
      }
      context.detach(command())
    }
    world.hub.use(middleware)
    await Promise.all(senders.map(sender => sender.live(exploration)))
    await idle()
    for (const sender of senders) {
      const { name, commands, wire, flooded, refused } = sender
      const said = sender.taken.slice(1).filter(id => !commands.has(id))
      const acked = sender.answered('ack').toSorted()
      if (refused.length > 0) sees('refused')
      if (flooded) sees('flooded')
      else must(acked.join() === said.toSorted().join(), `${acked.join()} were acked of ${said.join()}`)
      if (!flooded && commands.has(sender.taken[1] ?? '') && acked.length > 0) sees('passed a command')
      must(
        sender.answered('error').join() === refused.join(),
        `not refused as they should be: ${refused.join()}`,
      )
      must(wire.closed === (flooded ? 4429 : undefined), `closed with ${wire.closed}`)
      for (const [index, frame] of wire.frames.entries())
        if (frame.type === 'message' && frame.author.name === name) {
          const before = wire.frames.slice(0, index)
          must(
            before.some(each => each.type === 'ack' && each.id === frame.id),
            `${frame.id} came before its ack`,
          )
        }
      new Witness().look(wire)
    }
    bot.resolve()
    await idle()
    for (const { wire, commands, flooded } of senders) {
      const answers = wire.frames.filter(frame => frame.type === 'ack' && frame.command)
      must(
        flooded || answers.length === commands.size,
        `${answers.length} of ${commands.size} commands were acked`,
      )
    }
    await world.close()
  },
  twin: {
    does: 'handles a publish while the one before is still with the middleware',
    breaks: () =>
      replace(
        Dispatch.prototype,
        'handle',
        handle =>
          function (this: Dispatch, session, text) {
            const work = handle.call(this, session, text)
            return text.includes('"publish"') ? undefined : work
          },
      ),
  },
}
