import type { Appends } from './appends.ts'
import type { Meant } from './identities.ts'

/** Whose sessions end: all of a user, or one by its secret. */
export type RevocationTarget = { readonly user: string } | { readonly session: string }

/** The room of the log that revocations are written to; no client can name it. */
export const CONTROL_ROOM = '$control'

/** Whether a session is meant. Throws a TypeError where the target says neither who nor which. */
export function targets(target: RevocationTarget): Meant {
  if ('user' in target && typeof target.user === 'string') return ({ user }) => user.id === target.user
  if ('session' in target && typeof target.session === 'string')
    return ({ session }) => session === target.session
  throw new TypeError('revoke needs { user: id } or { session: secret }')
}

/**
 * Writes a revocation to the log under this id, so that whoever reads the log knows of it. The session's secret is in
 * it: the log is as secret as the sessions are, and the session is over. Rejects with `unavailable`.
 */
export async function record(target: RevocationTarget, id: string, appends: Appends): Promise<void> {
  const author = { id: 'hub', name: 'hub', kind: 'bot' as const }
  await appends.record(CONTROL_ROOM, { id, author, text: JSON.stringify({ revoke: target }) })
}

/** The revocation that a text of the room tells of; undefined where it tells of something else. */
export function read(text: string): RevocationTarget | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const { revoke } = Object(value) as {
    readonly revoke?: { readonly user?: unknown; readonly session?: unknown }
  }
  if (typeof revoke?.user === 'string') return { user: revoke.user }
  return typeof revoke?.session === 'string' ? { session: revoke.session } : undefined
}
