/** What a transcript is made of. Every text in an entry has been through the sanitizer. */
import type { ChatMessage } from '@hubbub/hub/client'
import { sanitizeLine, sanitizeName, sanitizeText } from '../../terminal/sanitize.ts'

/** A message that is in the room's log. */
export interface MessageEntry {
  readonly kind: 'message'
  readonly seq: number
  readonly id: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly author: string
  readonly role: 'me' | 'person' | 'bot'
  readonly text: string
  /** Somebody else wrote my name. */
  readonly mention: boolean
}

/** Something I sent that is not in the log: not yet, not ever (a command goes to a bot), or refused. */
export interface OwnEntry {
  readonly kind: 'own'
  readonly id: string
  readonly at: number
  readonly author: string
  readonly text: string
  readonly state: 'waiting' | 'sent' | 'command' | 'refused'
  /** Where the log has it, once the server has said so. */
  readonly seq?: number
}

/** A line of the client itself. */
export interface NoticeEntry {
  readonly kind: 'notice'
  readonly at: number
  readonly tone: 'info' | 'gap' | 'error'
  readonly text: string
}

export type Entry = MessageEntry | OwnEntry | NoticeEntry

/** Longest text that is kept of one message, in UTF-16 units; the protocol's own limit is far below it. */
const MAX_TEXT = 20_000

/** The user of this client. */
export interface Me {
  readonly id: string
  readonly name: string
}

/** A message as an entry, made harmless. */
export function messageEntry(message: ChatMessage, me: Me | undefined): MessageEntry {
  const role = message.author.kind === 'bot' ? 'bot' : message.author.id === me?.id ? 'me' : 'person'
  const text = cleanText(message.text)
  const at = Date.parse(message.at)
  return {
    kind: 'message',
    seq: message.seq,
    id: message.id,
    at: Number.isFinite(at) ? at : 0,
    author: sanitizeName(message.author.name),
    role,
    text,
    mention: role === 'person' && me !== undefined && mentions(text, me.name),
  }
}

/** My own message, waiting for its place. */
export const ownEntry = (id: string, text: string, at: number, author: string): OwnEntry => ({
  kind: 'own',
  id,
  at,
  author: sanitizeName(author),
  text: cleanText(text),
  state: 'waiting',
})

/** A line of the client; `text` may quote the server. */
export const noticeEntry = (tone: NoticeEntry['tone'], text: string, at: number): NoticeEntry => ({
  kind: 'notice',
  at,
  tone,
  text: sanitizeLine(text.slice(0, MAX_TEXT)),
})

const cleanText = (text: string): string =>
  sanitizeText(text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} …` : text)

/** Whether a text has the name as a word of its own. */
function mentions(text: string, name: string): boolean {
  const at = text.toLowerCase().indexOf(name.toLowerCase())
  if (at === -1 || name === '') return false
  const isWord = (character: string | undefined) =>
    character !== undefined && /[\p{L}\p{N}_]/u.test(character)
  return !isWord(text[at - 1]) && !isWord(text[at + name.length])
}
