import type { Exploration } from '@hubbub/hub/testing'
import { Mortal } from './mortal.ts'
import { must } from './must.ts'
import type { World } from './world.ts'

const ENDS = ['goodbye', 'lost', 'malformed', 'slow', 'revoked', 'replaced'] as const

type End = (typeof ENDS)[number]

/** Ends a connection in one of the ways, when it is its turn. */
export async function end(
  wire: Mortal,
  world: World,
  { pick, step }: Exploration,
  come: (wire: Mortal) => unknown,
) {
  const { hub } = world
  const how = pick<End>(ENDS)
  const onlyStopped = (error: unknown): void => {
    must(!hub.ready, String(error))
  }
  await step(`${wire.name} is ${how}`)
  switch (how) {
    case 'goodbye':
      wire.leave(1000)
      break
    case 'lost':
      wire.leave(1006)
      break
    case 'malformed':
      for (let n = 0; n < 20; n += 1) wire.onMessage?.('?')
      break
    case 'slow':
      wire.bufferedBytes = hub.limits.outboxBytes
      await hub
        .post({
          room: 'general',
          id: `to ${wire.name}`,
          text: 'x',
          author: { id: 'bot:b', name: 'b', kind: 'bot' },
        })
        .catch(onlyStopped)
      break
    case 'revoked':
      await hub.revoke({ user: `guest:${wire.name}` }).catch(onlyStopped)
      break
    case 'replaced': {
      const welcome = wire.frames.find(frame => frame.type === 'welcome')
      if (welcome) come(new Mortal(wire.name, world, welcome.session))
    }
  }
}
