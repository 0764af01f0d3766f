import { ROOM } from './dialects.ts'

/** A message with the fields that the hub's have, for servers that have none of their own. */
export const like = (seq: number, text: string): string =>
  JSON.stringify({
    type: 'message',
    room: ROOM,
    seq,
    id: `m${seq}`,
    author: { id: 'guest:user-10', name: 'user-10', kind: 'user' },
    text,
    at: new Date().toISOString(),
  })
