import { errorFrame, HubError, isRefusal } from './errors.ts'
import type { Identities, Identity, User } from './identities.ts'
import type { ResolvedOptions } from './options.ts'
import type { PastRevocations } from './past-revocations.ts'
import { Close } from './protocol/codes.ts'
import type { ClientMessageOf } from './protocol/messages.ts'
import { cleanName, MAX_PAGE, MAX_TEXT, name as nameField, nameKey } from './protocol/values.ts'
import type { Session } from './session.ts'

const REVOKED = 'the session was revoked'

type Hello = ClientMessageOf<'hello'>

/** What decides who may come in. */
export interface Door {
  readonly options: ResolvedOptions
  readonly identities: Identities
  readonly past: PastRevocations
}

/** Answers `hello`: decides who this is, resumes or makes the session, welcomes. Throws a HubError. */
export async function greet(session: Session, hello: Hello, door: Door): Promise<void> {
  const { identities, options } = door
  if (session.identity) throw new HubError('bad-request', 'hello was said already on this connection')
  const revocations = identities.revocations
  const authenticated = await authenticate(session, hello, options)
  const revokedBefore = await wasRevoked(hello, authenticated, door)
  if (!session.open) return
  // Asked after the waits: what was revoked meanwhile must not slip through.
  const who = { session: hello.session ?? '', user: authenticated ?? { id: '', name: '' } }
  if (revokedBefore || identities.isRevoked(who.session) || identities.revokedSince(revocations, who)) {
    session.send(errorFrame(new HubError('forbidden', REVOKED, { field: 'session' }), hello.id))
    session.end(Close.revoked, REVOKED)
    return
  }
  if (identities.hasForgotten(revocations))
    throw new HubError('unavailable', 'too many were revoked meanwhile; try again')
  const known = hello.session === undefined ? undefined : identities.find(hello.session)
  const resumed = known && isSame(known.user, hello, authenticated) ? known : undefined
  if (resumed?.holder && resumed.holder.number > session.number) {
    // It was asked about for so long that the client has come back meanwhile: the newest has the session.
    session.replace()
    return
  }
  const identity = resumed ?? create(hello, identities, authenticated)
  if (resumed && authenticated) identities.rename(resumed, authenticated)
  session.welcome(identity)
  session.record.note({ what: 'welcomed', user: identity.user.id, resumed: resumed !== undefined })
  identities.attach(identity, session)
  const { limits } = options
  session.send({
    type: 'welcome',
    id: hello.id,
    session: identity.session,
    resumed: resumed !== undefined,
    user: identity.user,
    limits: {
      frameBytes: limits.frameBytes,
      textCharacters: MAX_TEXT,
      rooms: limits.roomsPerSession,
      recoveryMessages: limits.recoveryMessages,
      pageMessages: MAX_PAGE,
    },
    heartbeatMs: limits.heartbeatMs,
  })
}

/** Whether a session that is not known here was revoked before this process began, or not long after. */
function wasRevoked(
  { session, name }: Hello,
  authenticated: User | undefined,
  { identities, past }: Door,
): Promise<boolean> | false {
  if (session === undefined || identities.find(session)) return false
  return past.has(session, authenticated?.id ?? (name === undefined ? undefined : guestId(name)))
}

async function authenticate(
  session: Session,
  { token, name }: Hello,
  options: ResolvedOptions,
): Promise<User | undefined> {
  if (!options.authenticate) return undefined
  let user: User | undefined
  try {
    user = await options.authenticate({
      token,
      name,
      peer: session.connection.peer,
      signal: session.signal,
    })
  } catch (cause) {
    // What the hook words itself stands: an identity provider that is down is no wrong token.
    if (isRefusal(cause)) throw cause
    throw new HubError('unauthenticated', 'the credentials were not accepted', { field: 'token', cause })
  }
  if (!user) throw new HubError('unauthenticated', 'the credentials were not accepted', { field: 'token' })
  return checked(user)
}

/**
 * Names come from people, by whatever way: one that breaks a line or turns it round must not be shown to others.
 * What the hook gives besides id and name is nobody's business. Throws a TypeError: the hook has made a mistake.
 */
function checked({ id, name }: User): User {
  if (typeof id !== 'string' || id === '')
    throw new TypeError('the id that authenticate gives must be a string of at least one character')
  const problem = nameField.problem(name)
  if (problem) throw new TypeError(`the name that authenticate gives ${problem.message}`)
  return { id, name: cleanName(name) }
}

/** Whether the one who says hello is the one whose session it is. */
function isSame(user: User, { name }: Hello, authenticated: User | undefined): boolean {
  if (authenticated) return authenticated.id === user.id
  return name === undefined || nameKey(name) === nameKey(user.name)
}

function create({ name }: Hello, identities: Identities, authenticated: User | undefined): Identity {
  if (authenticated) return identities.create(authenticated, false)
  if (name === undefined)
    throw new HubError('unauthenticated', 'say who you are: hello needs a name', { field: 'name' })
  const clean = cleanName(name)
  if (!identities.isFree(clean))
    throw new HubError('forbidden', `the name ${clean} is taken; choose another`, { field: 'name' })
  return identities.create({ id: guestId(clean), name: clean }, true)
}

const guestId = (name: string): string => `guest:${nameKey(name)}`
