/** What one room has said, as far as this client keeps it: a bounded list, and my own messages on their way. */
import type { ChatMessage, Delivery, Receipt } from '@hubbub/hub/client'
import { type Entry, type Me, messageEntry, noticeEntry, type OwnEntry, ownEntry } from './entry.ts'

/** Most entries that are kept; older ones are dropped and can be asked for again. */
export const MAX_ENTRIES = 5_000
/** Most text that is kept, in UTF-16 units. */
const MAX_TEXT = 2_000_000
/** What is left after dropping, so that it happens once in a thousand messages. */
const KEPT = 4_000

const RESET_REASONS: Readonly<Record<string, string>> = {
  gap: 'some did not arrive',
  epoch: 'this room has begun a new history',
  trimmed: 'what came in between is older than the server keeps',
  'too-far': 'too much came in between',
  ahead: 'the server has lost its newest messages',
}

/**
 * The entries of a room, oldest first. What I have sent and nobody has numbered yet stands at the end; when it
 * comes back from the server it moves to the place that the log gave it, so every screen shows the same order.
 */
export class Transcript {
  #log: Entry[] = []
  #outbox: OwnEntry[] = []
  #size = 0
  /** Nothing older can be had: the server has no more, or what it has belongs to another history. */
  #complete = false
  /** Where another history began, if older entries stand before it. */
  #boundary: Entry | undefined

  get length(): number {
    return this.#log.length + this.#outbox.length
  }

  /** The entry at an index from 0, the oldest. */
  at(index: number): Entry | undefined {
    return index < this.#log.length ? this.#log[index] : this.#outbox[index - this.#log.length]
  }

  /** Where an entry is; -1 when it is gone. Fast for recent ones. */
  indexOf(entry: Entry): number {
    const index = this.#log.lastIndexOf(entry)
    if (index !== -1) return index
    const waiting = this.#outbox.indexOf(entry as OwnEntry)
    return waiting === -1 ? -1 : this.#log.length + waiting
  }

  get complete(): boolean {
    return this.#complete
  }

  /** Whether older messages would still be kept. */
  get full(): boolean {
    return this.#log.length >= MAX_ENTRIES || this.#size >= MAX_TEXT
  }

  /** The seq before which a page of history belongs; undefined while there is no message. */
  get oldestSeq(): number | undefined {
    return this.#log.find(entry => entry.kind === 'message')?.seq
  }

  /** Takes what the room delivered. Returns the entry that it added. */
  receive(delivery: Delivery, me: Me | undefined, now: number): Entry {
    if (delivery.kind === 'message') return this.#receiveMessage(delivery.message, me)
    if (delivery.kind === 'reset') return this.#receiveReset(delivery.reason, now)
    this.#keepSent(delivery.to + 1)
    const count = delivery.to - delivery.from + 1
    const what = count === 1 ? '1 message was' : `${count} messages were`
    return this.#append(noticeEntry('gap', `${what} left out here: this terminal was too slow.`, now))
  }

  /** Puts a page of older messages before all that is here. */
  prepend(messages: readonly ChatMessage[], complete: boolean, me: Me | undefined): void {
    const before = this.oldestSeq ?? Number.POSITIVE_INFINITY
    const page = messages.filter(message => message.seq < before).map(message => messageEntry(message, me))
    this.#log.unshift(...page)
    for (const entry of page) this.#size += entry.text.length
    // A page with nothing new in it would be asked for again and again.
    this.#complete = complete || page.length === 0
  }

  /** Adds a line of the client itself. */
  notice(tone: 'info' | 'gap' | 'error', text: string, now: number): void {
    this.#append(noticeEntry(tone, text, now))
  }

  /** I have sent this; the server has not answered. */
  send(id: string, text: string, now: number, author: string): void {
    this.#outbox.push(ownEntry(id, text, now, author))
  }

  /** The server has taken it: a message will come back with its number, a command goes to a bot. */
  settle(receipt: Receipt): void {
    if (receipt.kind === 'command') this.#toLog(receipt.id, 'command')
    else
      this.#outbox = this.#outbox.map(own =>
        own.id === receipt.id ? { ...own, state: 'sent', seq: receipt.seq } : own,
      )
  }

  /** It will not be in the log, as far as anybody knows; `why` are the server's words, or the client's. */
  refuse(id: string, why: string, now: number, fate: 'no answer' | 'not sent' = 'not sent'): void {
    const what = fate === 'no answer' ? 'No answer' : 'Not sent'
    if (this.#toLog(id, 'refused')) this.notice('error', `${what}: ${why}`, now)
  }

  #receiveMessage(message: ChatMessage, me: Me | undefined): Entry {
    const entry = messageEntry(message, me)
    this.#keepSent(entry.seq)
    if (entry.role === 'me') this.#outbox = this.#outbox.filter(own => own.id !== message.id)
    // A reply may overtake the answer to its command; the screen shows the cause first.
    else if (message.replyTo !== undefined) this.#toLog(message.replyTo, 'command')
    return this.#append(entry)
  }

  #receiveReset(reason: string, now: number): Entry {
    this.#keepSent(Number.POSITIVE_INFINITY)
    const hadMessages = this.oldestSeq !== undefined
    const why = RESET_REASONS[reason] ?? reason
    const gap = this.#append(noticeEntry('gap', `Messages may be missing here: ${why}.`, now))
    // Numbers before another history mean nothing to the server, so there is no asking for older ones.
    if (hadMessages) {
      this.#boundary = gap
      this.#complete = true
    }
    return gap
  }

  /** My messages that the log has below `seq` and that were not delivered fell into a gap: here is their place. */
  #keepSent(seq: number): void {
    for (const own of this.#outbox) if (own.seq !== undefined && own.seq < seq) this.#toLog(own.id, 'sent')
  }

  #toLog(id: string, state: OwnEntry['state']): boolean {
    const own = this.#outbox.find(each => each.id === id)
    if (!own) return false
    this.#outbox = this.#outbox.filter(each => each !== own)
    this.#append({ ...own, state })
    return true
  }

  #append(entry: Entry): Entry {
    this.#log.push(entry)
    this.#size += entry.text.length
    if (this.#log.length > MAX_ENTRIES || this.#size > MAX_TEXT) this.#dropOldest()
    return entry
  }

  #dropOldest(): void {
    let drop = 0
    while (this.#log.length - drop > KEPT || this.#size > MAX_TEXT * 0.8) {
      this.#size -= this.#log[drop]?.text.length ?? 0
      drop += 1
    }
    this.#log = this.#log.slice(drop)
    this.#complete = this.#boundary !== undefined && this.#log.includes(this.#boundary)
  }
}
