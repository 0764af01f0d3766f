import type { ChatMessage } from '@hubbub/hub/client'
import { describe, expect, it } from 'vitest'
import type { Entry } from '../../../src/tui/transcript/entry.ts'
import { MAX_ENTRIES, Transcript } from '../../../src/tui/transcript/transcript.ts'
import { people } from '../support/fake-client.ts'

const me = { id: people.ann.id, name: 'ann' }

const message = (seq: number, author = people.bob, more: Partial<ChatMessage> = {}): ChatMessage => ({
  room: 'general',
  seq,
  id: `m${seq}`,
  author,
  text: `text ${seq}`,
  at: '2026-11-23T12:31:00.000Z',
  ...more,
})

const receive = (transcript: Transcript, each: ChatMessage): Entry =>
  transcript.receive({ kind: 'message', message: each }, me, 0)

/** The entries in short. */
const list = (transcript: Transcript): string[] =>
  Array.from({ length: transcript.length }, (_, index) => {
    const entry = transcript.at(index)
    if (entry?.kind === 'message') return `${entry.role}: ${entry.text}`
    return entry?.kind === 'own' ? `${entry.state}: ${entry.text}` : `${entry?.tone}: ${entry?.text}`
  })

describe('a transcript', () => {
  it('keeps my own message at the end until the log has given it a place', () => {
    const transcript = new Transcript()
    transcript.send('a', 'mine', 0, 'ann')
    receive(transcript, message(1))
    expect(list(transcript)).toEqual(['person: text 1', 'waiting: mine'])
    transcript.settle({ kind: 'message', id: 'a', seq: 3 })
    receive(transcript, message(2))
    expect(list(transcript)).toEqual(['person: text 1', 'person: text 2', 'sent: mine'])
    receive(transcript, message(3, people.ann, { id: 'a', text: 'mine' }))
    expect(list(transcript)).toEqual(['person: text 1', 'person: text 2', 'me: mine'])
  })

  it('takes my message from the log even when the answer to it was lost', () => {
    const transcript = new Transcript()
    transcript.send('a', 'mine', 0, 'ann')
    receive(transcript, message(1, people.ann, { id: 'a', text: 'mine' }))
    transcript.settle({ kind: 'message', id: 'a', seq: 1 })
    expect(list(transcript)).toEqual(['me: mine'])
  })

  it("does not take another's message with the same id for mine", () => {
    const transcript = new Transcript()
    transcript.send('a', 'mine', 0, 'ann')
    receive(transcript, message(1, people.bob, { id: 'a' }))
    expect(list(transcript)).toEqual(['person: text 1', 'waiting: mine'])
  })

  it('shows a command before its reply, whichever comes first', () => {
    const transcript = new Transcript()
    transcript.send('a', '/stock=x', 0, 'ann')
    receive(transcript, message(1, people.quotes, { replyTo: 'a' }))
    transcript.settle({ kind: 'command', id: 'a' })
    transcript.send('b', '/stock=y', 0, 'ann')
    transcript.settle({ kind: 'command', id: 'b' })
    receive(transcript, message(2, people.quotes, { replyTo: 'b' }))
    expect(list(transcript)).toEqual(['command: /stock=x', 'bot: text 1', 'command: /stock=y', 'bot: text 2'])
  })

  it("keeps a refused message with the server's words", () => {
    const transcript = new Transcript()
    transcript.send('a', 'mine', 0, 'ann')
    transcript.refuse('a', 'you are too fast', 0)
    receive(transcript, message(1))
    expect(list(transcript)).toEqual(['refused: mine', 'error: Not sent: you are too fast', 'person: text 1'])
  })

  it('does not say that something was not sent of which nobody knows', () => {
    const transcript = new Transcript()
    transcript.send('a', '/stock=x', 0, 'ann')
    transcript.refuse('a', 'it had no answer within 30 s', 0, 'no answer')
    expect(list(transcript)).toEqual(['refused: /stock=x', 'error: No answer: it had no answer within 30 s'])
  })

  it('names a gap, and counts what it left out', () => {
    const transcript = new Transcript()
    transcript.receive({ kind: 'skipped', from: 3, to: 11 }, me, 0)
    transcript.receive({ kind: 'reset', epoch: 'f', seq: 4, reason: 'trimmed' }, me, 0)
    transcript.receive({ kind: 'reset', epoch: 'f', seq: 4, reason: 'a new \x1b[1mreason' }, me, 0)
    expect(list(transcript)).toEqual([
      'gap: 9 messages were left out here: this terminal was too slow.',
      'gap: Messages may be missing here: what came in between is older than the server keeps.',
      'gap: Messages may be missing here: a new ␛[1mreason.',
    ])
  })

  it('puts my acknowledged message where it fell into a gap', () => {
    const transcript = new Transcript()
    transcript.send('a', 'mine', 0, 'ann')
    transcript.settle({ kind: 'message', id: 'a', seq: 5 })
    transcript.receive({ kind: 'skipped', from: 3, to: 7 }, me, 0)
    receive(transcript, message(8))
    expect(list(transcript).map(each => each.split(':')[0])).toEqual(['sent', 'gap', 'person'])
  })

  it('puts older pages before all else, without repetitions', () => {
    const transcript = new Transcript()
    receive(transcript, message(5))
    transcript.prepend([message(3), message(4), message(5)], false, me)
    expect(list(transcript)).toEqual(['person: text 3', 'person: text 4', 'person: text 5'])
    expect(transcript.oldestSeq).toBe(3)
    expect(transcript.complete).toBe(false)
    transcript.prepend([message(1), message(2)], true, me)
    expect(transcript.complete).toBe(true)
  })

  it('does not ask for what stands before another history', () => {
    const transcript = new Transcript()
    receive(transcript, message(900))
    transcript.receive({ kind: 'reset', epoch: 'f', seq: 0, reason: 'epoch' }, me, 0)
    receive(transcript, message(1))
    expect(transcript.complete).toBe(true)
  })

  it('asks again for the same page no more when it brought nothing', () => {
    const transcript = new Transcript()
    receive(transcript, message(5))
    transcript.prepend([message(5)], false, me)
    expect(transcript.complete).toBe(true)
  })

  it('drops the oldest of very many, and can ask for them again', () => {
    const transcript = new Transcript()
    transcript.prepend([message(1)], true, me)
    for (let seq = 2; seq <= MAX_ENTRIES + 1; seq += 1) receive(transcript, message(seq))
    expect(transcript.length).toBeLessThan(MAX_ENTRIES)
    expect(transcript.complete).toBe(false)
    expect(transcript.oldestSeq).toBeGreaterThan(1)
  })

  it('drops the oldest of very long ones', () => {
    const transcript = new Transcript()
    for (let seq = 1; seq <= 300; seq += 1)
      receive(transcript, message(seq, people.bob, { text: 'x'.repeat(30_000) }))
    expect(transcript.length).toBeLessThan(110)
  })

  it.each([
    ['hey Ann!', true],
    ['@ann look', true],
    ['banner', false],
    ['anna', false],
  ])('sees whether %j is about me', (text, mention) => {
    expect(receive(new Transcript(), message(1, people.bob, { text }))).toMatchObject({ mention })
  })
})
