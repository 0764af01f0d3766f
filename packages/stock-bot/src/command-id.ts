import { createHash } from 'node:crypto'

/**
 * The id of a command: the same for every retry of a publish, on every node of a chat, and different for any
 * other. SHA-256 of the four, 43 characters of base64url, so that `re:` and it fit the protocol's 64.
 */
export function commandIdOf(log: string, room: string, author: string, publish: string): string {
  // JSON keeps the parts apart whatever characters they have.
  return createHash('sha256')
    .update(JSON.stringify([log, room, author, publish]))
    .digest('base64url')
}

/** The id of the one reply to a command. */
export function replyIdOf(command: string): string {
  return `re:${command}`
}
