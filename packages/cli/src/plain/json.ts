/** A room as JSON lines. Fields may be added to version 1, never changed or taken away. */
import type { ChatMessage, Delivery } from '@hubbub/hub/client'

/** Characters that JSON leaves as they are, and a terminal or an eye would not. */
const UNSAFE = /[\x7f-\x9f\u2028\u2029]|\p{Default_Ignorable_Code_Point}/gu

/**
 * JSON on one line. Parsed, it is exactly the value; read as text, it is harmless: controls and invisible
 * characters are escaped.
 */
export function harmlessJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(UNSAFE, character =>
    Array.from({ length: character.length }, (_, unit) => {
      const code = character.charCodeAt(unit).toString(16).padStart(4, '0')
      return `\\u${code}`
    }).join(''),
  )
}

/** A message: `room`, `seq`, `id`, `author`, `text`, `at`, and `replyTo` on a bot's reply. */
export function messageObject(message: ChatMessage): object {
  return { v: 1, type: 'message', ...message }
}

/** What a room delivered: a message, or the hole that it names. */
export function deliveryObject(room: string, delivery: Delivery): object {
  if (delivery.kind === 'message') return messageObject(delivery.message)
  const { kind: type, ...rest } = delivery
  return { v: 1, type, room, ...rest }
}
