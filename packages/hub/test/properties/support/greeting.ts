import type { Credentials } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import { must } from './must.ts'
import type { World } from './world.ts'

/** How long a session outlives its connection. */
export const GRACE_MS = 2_000
/** How long a connection may be without a welcome. */
export const WELCOME_MS = 3_000

/** Where sessions come and go. */
export interface Scene {
  readonly world: World
  readonly exploration: Exploration
  readonly sees: (what: string) => void
  /** The newest session of each. */
  readonly sessions: Map<string, string>
}

/** The hub's `authenticate`: believes every token but `wrong` when it is its turn; about `slow` it never decides. */
export const authenticate =
  ({ step, integer }: Exploration) =>
  async ({ token = 'wrong', signal }: Credentials) => {
    for (let more = integer(1, 4); more > 0; more -= 1) await step('authenticate')
    const given = Promise.withResolvers<void>()
    signal.addEventListener('abort', () => given.resolve())
    if (token === 'slow') await given.promise
    return token === 'wrong' ? undefined : { id: token, name: token }
  }

/** Says hello on a new connection. There is no welcome where it came too late, or a newer connection was first. */
export async function hello({ world, sees }: Scene, token: string, session: string | undefined) {
  const peer = world.peer()
  const began = world.clock.monotonic()
  peer.send({ type: 'hello', id: 'h', token, ...(session !== undefined && { session }) })
  await peer.until(() => peer.of('welcome')[0] ?? peer.closed)
  const [welcome] = peer.of('welcome')
  if (welcome) {
    must(welcome.user.id === token, `${token} was welcomed as ${welcome.user.id}`)
    must(!welcome.resumed || welcome.session === session, 'another session was resumed')
    return { peer, welcome }
  }
  const code = peer.closed?.code
  if (code === 4401) must(world.clock.monotonic() - began >= WELCOME_MS, 'a hello was given up too soon')
  else must(code === 4409 && session !== undefined, `hello ended with ${code}`)
  sees(code === 4401 ? 'late welcome' : 'beaten')
  return { peer, welcome }
}
