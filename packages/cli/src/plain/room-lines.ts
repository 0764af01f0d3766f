/** What happens in a room, as lines for people. */
import type { ChatMessage, Delivery } from '@hubbub/hub/client'
import type { Io } from '../io.ts'
import { wantsColour } from '../io.ts'
import { sanitizeLine, sanitizeName, sanitizeText } from '../terminal/sanitize.ts'

/** Turns deliveries into lines. */
export interface RoomLines {
  delivery(delivery: Delivery): string
  message(message: Pick<ChatMessage, 'at' | 'author' | 'text'>): string
}

/**
 * `12:31 alice: hello`, `12:31 stock-bot [bot]: …`. Further lines of a text are indented, so that nobody can
 * forge a line of somebody else. Harmless to a terminal; coloured where the output is one.
 */
export function roomLines(io: Io): RoomLines {
  const time = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(io.timeZone !== undefined && { timeZone: io.timeZone }),
  })
  const colour = wantsColour(io)
  const paint = (code: number, text: string): string => (colour ? `\x1b[${code}m${text}\x1b[0m` : text)

  const message: RoomLines['message'] = ({ at, author, text }) => {
    const [first = '', ...rest] = sanitizeText(text).split('\n')
    const name = sanitizeName(author.name)
    const who = author.kind === 'bot' ? paint(36, `${name} [bot]`) : paint(1, name)
    const when = time.format(new Date(at))
    const indent = ' '.repeat(when.length + 1)
    return [`${paint(2, when)} ${who}: ${first}`, ...rest.map(line => indent + line)].join('\n')
  }
  return {
    message,
    delivery(delivery) {
      if (delivery.kind === 'message') return message(delivery.message)
      return paint(33, `-- ${holeOf(delivery)} --`)
    },
  }
}

function holeOf(delivery: Exclude<Delivery, { kind: 'message' }>): string {
  if (delivery.kind === 'reset')
    return `messages may be missing here (${sanitizeLine(delivery.reason)}); the room goes on`
  const { from, to } = delivery
  return from === to
    ? `message ${from} is missing here`
    : `${to - from + 1} messages are missing here (${from}–${to})`
}
