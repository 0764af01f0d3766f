import type { Message } from 'amqplib'
import fc from 'fast-check'
import type { Outgoing } from '@hubbub/hub/amqp'
import { describe, expect, it } from 'vitest'
import {
  decodeAnnouncement,
  decodeCommand,
  decodeReply,
  encodeCommand,
  encodeReply,
} from '../../src/broker/amqp-messages.ts'
import type { Command, Reply } from '../../src/broker/broker.ts'

const NOW = Date.UTC(2026, 0, 1)
const envelope = { appId: 'test', now: NOW }

const text = fc.string({ unit: 'grapheme', minLength: 1 })
const person = fc.record({ id: text, name: text })
const trace = { traceparent: text, tracestate: text }
const commands: fc.Arbitrary<Command> = fc.record(
  {
    id: text,
    commandId: text,
    name: fc.stringMatching(/^[a-z][a-z0-9_-]{0,31}$/),
    args: fc.string({ unit: 'grapheme' }),
    room: text,
    author: person,
    replyTo: text,
    deadline: fc.integer({ min: NOW + 1, max: NOW + 600_000 }),
    ...trace,
  },
  { requiredKeys: ['id', 'commandId', 'name', 'args', 'room', 'author', 'replyTo', 'deadline'] },
)
const replies: fc.Arbitrary<Reply> = fc.record(
  { id: text.map(id => `re:${id}`), commandId: text, room: text, text, author: person, to: text, ...trace },
  { requiredKeys: ['id', 'commandId', 'room', 'text', 'author', 'to'] },
)

/** What a receiver gets of a message that was published. */
function delivered({ content, routingKey, exchange, id, properties }: Outgoing): Message {
  return {
    content: Buffer.from(content),
    fields: { routingKey, exchange, deliveryTag: 1, redelivered: false },
    properties: { ...properties, messageId: id } as unknown as Message['properties'],
  }
}

type Decode = typeof decodeCommand

const carries = (decode: Decode): boolean =>
  !fc.check(
    fc.property(commands, command => {
      expect(decode(delivered(encodeCommand(command, envelope)), command.name, NOW)).toEqual(command)
    }),
  ).failed

describe('messages', () => {
  it('carry every command unchanged', () => {
    expect(carries(decodeCommand)).toBe(true)
  })

  it('are checked by a property that sees a lost field', () => {
    const forgetful: Decode = (message, name, now) => {
      const { tracestate: _lost, ...command } = decodeCommand(message, name, now)
      return command
    }
    expect(carries(forgetful)).toBe(false)
  })

  it('carry every reply unchanged', () => {
    fc.assert(
      fc.property(replies, reply => {
        expect(decodeReply(delivered(encodeReply(reply, NOW, envelope)))).toEqual(reply)
      }),
    )
  })

  it('expire with the deadline, and never later than the queue lets them', () => {
    const expiration = (left: number) =>
      fc
        .sample(commands, 1)
        .map(
          command => encodeCommand({ ...command, deadline: NOW + left }, envelope).properties?.['expiration'],
        )
    expect([1, 1_500.5, 30_000, 600_000, -5].map(expiration)).toEqual([
      ['1'],
      ['1501'],
      ['30000'],
      ['30000'],
      ['1'],
    ])
  })

  it('of strangers are refused where they name another command or are too long, and have an hour at most', () => {
    const [command] = fc.sample(commands, 1)
    if (!command) throw new Error('there is no command')
    const read = (changes: Partial<Command>, name = command.name): Command =>
      decodeCommand(delivered(encodeCommand({ ...command, ...changes }, envelope)), name, NOW)
    expect(() => read({}, 'other')).toThrow('name must be other, as the queue is for')
    expect(() => read({ room: 'r'.repeat(257) })).toThrow(
      'room must be a string of 1 to 256 characters, got one of 257',
    )
    expect(() => read({ author: { id: 'a', name: 'n'.repeat(257) } })).toThrow('author.name must be')
    expect(() => read({ args: 'a'.repeat(32_769) })).toThrow('args must be a string of 0 to 32768 characters')
    for (const deadline of [1e308, Number.MAX_SAFE_INTEGER])
      expect(read({ deadline }).deadline).toBe(NOW + 3_600_000)
  })

  it('of strangers are refused with the field that is wrong, whatever they hold', () => {
    const body = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map(each => Object.prototype.toString.call(each)),
      fc.jsonValue().map(each => JSON.stringify(each)),
    )
    fc.assert(
      fc.property(body, fc.anything(), fc.anything(), (content, property, header) => {
        const message = {
          content: Buffer.from(content),
          fields: { routingKey: 'k' },
          properties: {
            messageId: property,
            correlationId: property,
            replyTo: property,
            headers: { 'x-deadline': header, traceparent: header },
          },
        } as unknown as Message
        const decoders = [
          () => decodeCommand(message, 'stock', NOW),
          () => decodeReply(message),
          () => decodeAnnouncement(message),
        ]
        expect(
          decoders.map(outcomeOf).filter(outcome => !['read', 'MalformedMessage'].includes(outcome)),
        ).toEqual([])
      }),
    )
  })
})

function outcomeOf(work: () => unknown): string {
  try {
    work()
    return 'read'
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}
