import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deliveryObject, harmlessJson } from '../../src/plain/json.ts'
import { ann } from '../support/fake-client.ts'

// oxlint-disable-next-line no-control-regex -- what a terminal would obey, and what an eye cannot see
const HARMFUL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]|\p{Default_Ignorable_Code_Point}/u

const nasty = fc.string({
  unit: fc.constantFrom('a', '"', '\\', '\x1b', '\x7f', '\x9b', '\u202e', '\u2028', '😀', '\u{e0041}'),
})

describe('a JSON line', () => {
  it('is exactly the value for a program and harmless for a terminal', () => {
    fc.assert(
      fc.property(nasty, text => {
        const line = harmlessJson({ text })
        expect(JSON.parse(line)).toEqual({ text })
        expect(line).not.toMatch(HARMFUL)
      }),
    )
  })

  it('would not be harmless as plain JSON: the property sees that', () => {
    const property = fc.property(nasty, text => {
      expect(JSON.stringify({ text })).not.toMatch(HARMFUL)
    })
    expect(fc.check(property).failed).toBe(true)
  })

  it('has its version first, and the kinds of a room', () => {
    const at = '2026-01-01T12:31:00.000Z'
    const message = { room: 'general', seq: 7, id: 'm7', author: ann, text: 'hi', at }
    expect(harmlessJson(deliveryObject('general', { kind: 'message', message }))).toBe(
      `{"v":1,"type":"message","room":"general","seq":7,"id":"m7","author":{"id":"guest:ann","name":"ann","kind":"user"},"text":"hi","at":"${at}"}`,
    )
    expect(deliveryObject('general', { kind: 'skipped', from: 2, to: 4 })).toEqual({
      v: 1,
      type: 'skipped',
      room: 'general',
      from: 2,
      to: 4,
    })
    expect(deliveryObject('general', { kind: 'reset', epoch: 'e', seq: 4, reason: 'trimmed' })).toEqual({
      v: 1,
      type: 'reset',
      room: 'general',
      epoch: 'e',
      seq: 4,
      reason: 'trimmed',
    })
  })
})
