import type { RevocationTarget } from '@hubbub/hub'
import type { Exploration } from '@hubbub/hub/testing'
import { Identities } from '../../src/identities.ts'
import { must } from './support/must.ts'
import { type Property, replace } from './support/property.ts'
import { type Visit, Visits } from './support/visits.ts'

const ACTS = 6
const WAITS = 40
const STOP_MS = 1_000

/** Comes and goes, talks, and tries to get where the revocations are kept. */
async function live(user: string, visits: Visits, { pick, integer }: Exploration): Promise<void> {
  let session: string | undefined
  let visit: Visit | undefined
  for (let act = integer(1, ACTS); act > 0; act -= 1) {
    if (!visit || visit.peer.closed || pick([false, false, false, true])) {
      visit = await visits.begin(user, session)
      session = visit.session
      if (session !== undefined) visit.peer.send({ type: 'join', id: 'j', room: 'general' })
      continue
    }
    const id = `${visit.number}-${act}`
    switch (pick(['publish', 'say', 'spy', 'list', 'cut', 'goodbye'])) {
      case 'publish':
        visit.peer.send({ type: 'publish', id, room: 'general', text: 'x' })
        break
      case 'say': {
        const answer = await visits.ask(visit, id, { type: 'publish', room: 'general', text: 'x' })
        must(!answer || answer.type === 'ack', `a publish was answered with ${answer?.type}`)
        break
      }
      case 'spy': {
        const type = pick(['join', 'leave', 'publish', 'history'])
        const answer = await visits.ask(visit, id, { type, room: '$control', text: 'x' })
        must(!answer || (answer.type === 'error' && answer.field === 'room'), `${type} reached $control`)
        break
      }
      case 'list': {
        const answer = await visits.ask(visit, id, { type: 'rooms' })
        const rooms = answer?.type === 'rooms' ? answer.rooms : []
        must(!rooms.some(({ name }) => name.startsWith('$')), 'a reserved room was listed')
        break
      }
      case 'cut':
        await visits.end(visit, 1006)
        break
      case 'goodbye':
        await visits.end(visit, 1000)
        break
    }
  }
}

/** Revokes Ann, or a session of hers, at some moment. Returns what judges all that is there when it is quiet again. */
async function revoke(visits: Visits, { pick, integer, step }: Exploration, sees: (what: string) => void) {
  const { world, all, left } = visits
  const isRipe = pick([
    () => false,
    () => all.some(({ user, asked, session }) => user === 'ann' && asked && !session),
    () => all.some(({ user, underWay }) => user === 'ann' && underWay > 0),
  ])
  for (let wait = integer(0, WAITS); wait > 0 && !isRipe(); wait -= 1) await step('wait')
  const anns = all.filter(({ user }) => user === 'ann')
  const known = [...new Set(anns.flatMap(({ session }) => session ?? []))]
  const targets: [RevocationTarget, ...RevocationTarget[]] = [{ user: 'ann' }]
  const target = pick([...targets, ...known.map(session => ({ session }))])
  const alive = known.filter(each => !left.has(each) && ('user' in target || each === target.session))
  const meant = anns.filter(
    ({ asked, session, wants }) => asked && ('user' in target || alive.includes(session ?? wants ?? '')),
  )
  for (const { session, wants, underWay, peer } of meant) {
    if (!session && !peer.closed) sees(wants ? 'during a resume' : 'during a hello')
    if (underWay > 0) sees('during a publish')
  }
  if (alive.length > 0 && meant.every(({ peer }) => peer.closed)) sees('while away')
  if (!world.hub.ready) sees('during a drain')
  const asked = new Set(anns.filter(visit => visit.asked))
  const before = world.log.read('general', { limit: 1 })
  const over = !world.hub.ready && world.hub.stats().sessions === 0
  const recorded = await world.hub.revoke(target).then(
    () => true,
    () => false,
  )
  must(recorded || over, 'it was refused')

  return async (): Promise<void> => {
    const control = await world.log.read('$control', { after: 0, limit: 10 })
    const isThere = control.messages.some(({ text }) => text === JSON.stringify({ revoke: target }))
    must(isThere || !recorded, 'it was not recorded')
    const { seq } = await before
    for (const { id } of (await world.log.read('general', { after: seq, limit: 1_000 })).messages)
      must(!meant.some(({ number }) => number === Number.parseInt(id, 10)), `${id} came after the revocation`)
    const ended = 'user' in target ? [...known, ...meant.map(({ session }) => session)] : [target.session]
    for (const visit of all) {
      const { user, wants, session, peer } = visit
      const code = peer.closed?.code
      if (meant.includes(visit)) must(code !== undefined, 'a revoked connection is open')
      else must(code !== 4403 || ended.includes(session ?? wants), `${user} was thrown out`)
      if (asked.has(visit) || !alive.includes(wants ?? '')) continue
      must(session === undefined && code !== undefined, 'a revoked session was resumed')
      if (code !== 4403) continue
      must(peer.of('error')[0]?.code === 'forbidden', 'resuming was not refused as forbidden')
      sees('resume refused')
    }
  }
}

export const revocation: Property = {
  name: 'revocation',
  promise:
    'what is revoked is over wherever it was on its way, does not come back, and nobody else is harmed',
  cases: [
    'during a hello',
    'during a resume',
    'during a publish',
    'during a drain',
    'while away',
    'resume refused',
  ],
  play: async (exploration, sees) => {
    const visits = new Visits(exploration, { limits: { heartbeatMs: 1_000_000 } })
    const { world } = visits
    const stop = async () => {
      if (!exploration.pick([false, false, false, true])) return
      for (let wait = exploration.integer(0, WAITS); wait > 0; wait -= 1) await exploration.step('wait')
      void world.hub.close({ windowMs: STOP_MS })
      await world.pass(STOP_MS)
    }
    const people = ['ann', 'ann', 'bob'].map(user => live(user, visits, exploration))
    const [judge] = await Promise.all([revoke(visits, exploration, sees), stop(), ...people])
    await exploration.idle()
    await judge()
    await world.close()
  },
  twin: {
    does: 'lets in whom it revoked while it asked who they are',
    breaks: () => replace(Identities.prototype, 'revokedSince', () => () => false),
  },
}
