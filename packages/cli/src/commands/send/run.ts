import { randomUUID } from 'node:crypto'
import type { ChatMessage, ClientRoom } from '@hubbub/hub/client'
import { CliError, Exit } from '../../exit.ts'
import { type Io, print } from '../../io.ts'
import { failure, fateOf } from '../../net/failures.ts'
import { openClient } from '../../net/open-client.ts'
import { pause } from '../../net/pause.ts'
import { publishPatiently } from '../../net/publish-patiently.ts'
import { readAll } from '../../net/read-all.ts'
import { type Ending, untilOver } from '../../net/until-over.ts'
import { harmlessJson, messageObject } from '../../plain/json.ts'
import { roomLines } from '../../plain/room-lines.ts'
import type { SendOptions } from './command.ts'

/** How long the receipt, and then the bot's answer, may take, in milliseconds: a bot has 29 s, its hub 1 more. */
const PATIENCE_MS = 32_000

/** Posts one text and prints the receipt or the reply. */
export async function runSend(
  given: string,
  { url, room, name, json }: SendOptions,
  io: Io,
): Promise<number> {
  const text = given === '-' ? (await readAll(io.stdin, io.signal)).replace(/\r?\n$/, '') : given
  const client = await openClient({ url, name }, io)
  try {
    const joined = client.join(room, { last: 0 })
    const ending = untilOver(client, joined, io.signal)
    try {
      const outcome = await post(joined, text, ending, io)
      if ('author' in outcome)
        print(io, json ? harmlessJson(messageObject(outcome)) : roomLines(io).message(outcome))
      else if (json) print(io, harmlessJson({ v: 1, type: 'receipt', room, ...outcome }))
      else print(io, `sent to ${room} as message ${outcome.seq}`)
      return Exit.ok
    } finally {
      ending.release()
    }
  } finally {
    await client.close()
  }
}

type Outcome = ChatMessage | { readonly id: string; readonly seq: number }

async function post(room: ClientRoom, text: string, ending: Ending, io: Io): Promise<Outcome> {
  const { signal, over, joined } = ending
  const id = randomUUID()
  const reply = Promise.withResolvers<ChatMessage>()
  const unsubscribe = room.on('delivery', delivery => {
    if (delivery.kind === 'message' && delivery.message.replyTo === id) reply.resolve(delivery.message)
  })
  const late = new AbortController()
  const either = AbortSignal.any([signal, late.signal])
  const within = async <T>(work: Promise<T>): Promise<T> => {
    const timer = pause(io.clock, PATIENCE_MS, late.signal).then(() => {
      throw new CliError(Exit.noAnswer, `no answer came within ${PATIENCE_MS / 1_000} s`)
    })
    return Promise.race([work, over, timer])
  }
  try {
    await within(joined)
    const receipt = await within(publishPatiently(room, text, { id, signal: either, clock: io.clock }))
    return receipt.kind === 'message' ? { id, seq: receipt.seq } : await within(reply.promise)
  } catch (error) {
    signal.throwIfAborted()
    throw failure(fateOf(error), error)
  } finally {
    unsubscribe()
    late.abort()
  }
}
