import type { Delivery } from '@hubbub/hub/client'
import { type Io, print, say } from '../../io.ts'
import { failure } from '../../net/failures.ts'
import { openClient } from '../../net/open-client.ts'
import { untilOver } from '../../net/until-over.ts'
import { deliveryObject, harmlessJson } from '../../plain/json.ts'
import { narrate } from '../../plain/narrate.ts'
import { roomLines } from '../../plain/room-lines.ts'
import type { TailOptions } from './command.ts'
import { readSince } from './since.ts'

/** Prints the room until the signal aborts, and rejects with its reason; or with what ended the client. */
export async function runTail(options: TailOptions, io: Io): Promise<number> {
  const { url, room: name, json, since, last } = options
  const client = await openClient({ url, name: options.name }, io)
  const room = client.join(name, { last: since === undefined ? last : 0 })
  const ending = untilOver(client, room, io.signal)
  const lines = roomLines(io)
  const show = (delivery: Delivery): void => {
    print(io, json ? harmlessJson(deliveryObject(name, delivery)) : lines.delivery(delivery))
  }
  // What comes while older messages are fetched is printed behind them.
  let held: Delivery[] | undefined = since === undefined ? undefined : []
  let newest: { readonly epoch: string; readonly seq: number } | undefined
  const ends = [
    narrate(client, io),
    room.on('joined', ({ epoch, seq }) => {
      newest ??= { epoch, seq }
    }),
    room.on('delivery', delivery => {
      if (held) held.push(delivery)
      else show(delivery)
    }),
  ]
  const { over } = ending
  try {
    await ending.joined
    say(io, `following ${name}; ${room.count} here`)
    if (since !== undefined && newest) {
      const older = readSince(room, since, newest, ending.signal).catch((error: unknown) => {
        throw failure(`older messages of ${name} cannot be had`, error)
      })
      for (const delivery of await Promise.race([older, over])) show(delivery)
      for (const delivery of held ?? []) show(delivery)
      held = undefined
    }
    return await over
  } finally {
    for (const end of ends) end()
    ending.release()
    await client.close()
  }
}
