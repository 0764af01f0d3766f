import { chat } from '../../chat.ts'
import type { Io } from '../../io.ts'
import { openClient } from '../../net/open-client.ts'
import type { JoinOptions } from './command.ts'

/** Connects and chats until the user leaves or the input ends. */
export async function runJoin({ url, room, name }: JoinOptions, io: Io): Promise<number> {
  const client = await openClient({ url, name }, io)
  try {
    return await chat({ client, room, url }, io)
  } finally {
    await client.close()
  }
}
