/** The client without a terminal: lines in, lines out. */
import { randomUUID } from 'node:crypto'
import type { Client } from '@hubbub/hub/client'
import { CliError, Exit } from '../exit.ts'
import { type Io, print, say } from '../io.ts'
import { endsEverything, failure, fateOf, isClientError, wordsOf } from '../net/failures.ts'
import { publishPatiently } from '../net/publish-patiently.ts'
import { untilOver } from '../net/until-over.ts'
import { sanitizeLine } from '../terminal/sanitize.ts'
import { type Line, Lines, MAX_LINE } from './lines.ts'
import { narrate } from './narrate.ts'
import { Owed } from './owed.ts'
import { Patience } from './patience.ts'
import { roomLines } from './room-lines.ts'

/** How long nothing may come of what is owed once the input has ended: a bot has 29 s, and its hub 1 more. */
const PATIENCE_MS = 32_000

/** What the plain client needs. */
export interface PlainOptions {
  /** Made and closed by the caller. */
  readonly client: Client
  readonly room: string
  readonly io: Io
}

/**
 * Posts each line of the input in order and prints the room, until the input has ended and every answer that is
 * owed has come. A line that the server refuses is reported and does not end the run.
 * @throws CliError with `noAnswer` when nothing that is owed came for 32 s after the input's end, or with what
 * ended the client; the signal's reason where that aborts
 */
export async function runPlain({ client, room: name, io }: PlainOptions): Promise<number> {
  const me = await client.ready
  const room = client.join(name)
  const ending = untilOver(client, room, io.signal)
  const patience = new Patience(io.clock, PATIENCE_MS, () => {
    const texts = owed.texts.map(excerpt).join(', ')
    ending.end(new CliError(Exit.noAnswer, `no answer came within ${PATIENCE_MS / 1_000} s to: ${texts}`))
  })
  let wake = (): void => {}
  const owed = new Owed(() => {
    patience.progress()
    wake()
  })
  const show = roomLines(io)
  const echoed = new Set<string>()
  // A command is not in the room: whoever gave it sees it from here.
  const echo = (id: string, text: string): void => {
    if (echoed.has(id)) return
    echoed.add(id)
    const at = new Date(io.clock.now()).toISOString()
    print(io, show.message({ at, author: { ...me, kind: 'user' }, text }))
  }
  const stopNarrating = narrate(client, io)
  const stopPrinting = room.on('delivery', delivery => {
    const command = owed.delivered(delivery, me.id)
    // The reply may be here before the code behind our own publish has run.
    if (command) echo(command.id, command.text)
    print(io, show.delivery(delivery))
  })
  const post = async ({ text, cut }: Line): Promise<void> => {
    if (cut) return refuse(text, `it has more than ${MAX_LINE} characters`)
    const id = randomUUID()
    owed.sent(id, text)
    try {
      const { kind } = await publishPatiently(room, text, { id, signal, clock: io.clock })
      if (kind === 'command') echo(id, text)
      owed.acknowledged(id, kind)
    } catch (error) {
      signal.throwIfAborted()
      if (!isClientError(error)) throw error
      owed.refused(id)
      if (endsEverything(error)) throw failure('the server refuses this client', error)
      refuse(text, wordsOf(error), fateOf(error))
    }
    return undefined
  }
  const refuse = (text: string, why: string, fate = 'not sent'): void => {
    say(io, `${fate}: ${excerpt(text)} (${why})`)
  }
  const lines = new Lines(io.stdin)
  const { signal, over } = ending
  try {
    await ending.joined
    say(io, `in ${room.name} as ${sanitizeLine(me.name)}; ${room.count} here`)
    void lines.ended.then(() => {
      if (!signal.aborted) patience.begin()
    })
    for (let line = await lines.next(signal); line; line = await lines.next(signal))
      if (line.text.trim() !== '') await post(line)
    while (owed.texts.length > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      wake = resolve
      await Promise.race([promise, over])
    }
    return Exit.ok
  } finally {
    patience.end()
    lines.close()
    stopPrinting()
    stopNarrating()
    ending.release()
  }
}

const excerpt = (text: string): string => sanitizeLine(text.length > 60 ? `${text.slice(0, 60)}…` : text)
