import type { Command } from '../../src/index.ts'

/** The name that all commands of this bench have. */
export const NAME = 'bench'
/** The log that wants the replies. */
export const LOG = 'bench'
/** What the bot answers. */
export const ANSWER = 'AAPL.US quote is $93.42 per share'

const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

/** A command as a chat sends it, some 200 bytes on the wire. */
export const command = (id: string): Command => ({
  id,
  commandId: id,
  name: NAME,
  args: 'AAPL.US',
  room: 'general',
  author: { id: 'guest:ann', name: 'Ann' },
  replyTo: LOG,
  deadline: Date.now() + 30_000,
  traceparent: TRACEPARENT,
})
