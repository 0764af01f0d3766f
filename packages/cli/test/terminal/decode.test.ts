import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InputDecoder, type InputEvent } from '../../src/terminal/decode.ts'

const ESC = '\x1b'

/** What the user did, in short: keys in angle brackets, pastes in double ones. */
const short = (events: readonly InputEvent[]): string =>
  events
    .map(event => {
      if (event.kind === 'text') return event.text
      return event.kind === 'key' ? `<${event.key}>` : `<<${event.text}>>`
    })
    .join('')

const decode = (...reads: readonly string[]): string => {
  const decoder = new InputDecoder()
  return short([...reads.flatMap(read => decoder.push(read)), ...decoder.flush()])
}

describe('the input decoder', () => {
  it.each([
    ['hi\r', 'hi<enter>'],
    ['hi\rho', 'hi<enter>ho'],
    ['\r\r', '<enter><enter>'],
    ['\r\rab', '<enter><enter>ab'],
    ['\n', '<ctrl+j>'],
    ['\t', '<tab>'],
    ['\x01\x05\x15\x17', '<ctrl+a><ctrl+e><ctrl+u><ctrl+w>'],
    ['\x7f\b', '<backspace><backspace>'],
    ['ab\x03', 'ab<ctrl+c>'],
    ['\x00\x1c', '<ctrl+space><ctrl+\\>'],
    ['é東👍🏽', 'é東👍🏽'],
  ])('reads %j as %s', (read, events) => {
    expect(decode(read)).toBe(events)
  })

  it.each([
    ['[A', 'up'],
    ['OB', 'down'],
    ['[H', 'home'],
    ['[1~', 'home'],
    ['OF', 'end'],
    ['[3~', 'delete'],
    ['[5~', 'pageup'],
    ['[6~', 'pagedown'],
    ['[1;5D', 'ctrl+left'],
    ['[1;3C', 'alt+right'],
    ['[Z', 'shift+tab'],
    ['[13;2u', 'shift+enter'],
    ['[27;2;13~', 'shift+enter'],
    ['[99;5u', 'ctrl+c'],
    ['1', 'alt+1'],
    ['a', 'alt+a'],
    ['\r', 'alt+enter'],
    ['\x7f', 'alt+backspace'],
    [`${ESC}[D`, 'alt+left'],
  ])('reads Escape and %j as %s', (rest, key) => {
    expect(decode(ESC + rest)).toBe(`<${key}>`)
  })

  it('reads Escape alone when nothing follows', () => {
    const decoder = new InputDecoder()
    expect(decoder.push(ESC)).toEqual([])
    expect(decoder.waiting).toBe('sequence')
    expect(short(decoder.flush())).toBe('<escape>')
    expect(decoder.waiting).toBe('nothing')
  })

  it.each([
    ['mouse', '[<0;12;3M[<0;12;3m'],
    ['old mouse', '[M !!'],
    ['focus', '[I'],
    ['focus lost', '[O'],
    ['a cursor position', '[24;80R'],
    ['device attributes', '[?62;22c'],
    ['a colour report', ']11;rgb:0000/0000/0000\x07'],
    ['a version report', 'P>|tmux 3.3a\x1b\\'],
    ['function keys', '[11~'],
    ["the Linux console's function keys", '[[A'],
  ])('drops reports and keys without use: %s', (_, rest) => {
    const all = rest.startsWith('[<') ? `${ESC}[<0;12;3M${ESC}[<0;12;3m` : ESC + rest
    expect(decode(`a${all}b`)).toBe('ab')
  })

  it('reads a bracketed paste as a paste, with line feeds', () => {
    expect(decode(`x${ESC}[200~one\rtwo\r\nthree${ESC}[201~\r`)).toBe('x<<one\ntwo\nthree>><enter>')
  })

  it('keeps escape sequences inside a paste together, for the sanitizer', () => {
    expect(decode(`${ESC}[200~a${ESC}[Ab${ESC}[201~`)).toBe(`<<a${ESC}[Ab>>`)
  })

  it('takes several lines in one read for a paste in a terminal that marks none', () => {
    expect(decode('one\rtwo\r')).toBe('<<one\ntwo\n>>')
  })

  it('ends a paste whose end never comes when its caller loses patience', () => {
    const decoder = new InputDecoder()
    expect(decoder.push(`${ESC}[200~lost`)).toEqual([])
    expect(decoder.waiting).toBe('paste')
    expect(short(decoder.flush())).toBe('<<lost>>')
    expect(short(decoder.push('\x03'))).toBe('<ctrl+c>')
  })

  it('hands over the first megabyte of an endless paste, once, and drops the rest', () => {
    const decoder = new InputDecoder()
    const block = 'x'.repeat(700_000)
    const events = [ESC + '[200~', block, block, block, `${ESC}[201~`, 'a'].flatMap(read =>
      decoder.push(read),
    )
    expect(events.map(event => (event.kind === 'paste' ? event.text.length : short([event])))).toEqual([
      1_048_576,
      'a',
    ])
  })

  const typed = fc.array(
    fc.constantFrom(
      `${ESC}[A`,
      `${ESC}[1;5C`,
      `${ESC}OH`,
      `${ESC}[200~p${ESC}[201~`,
      'word',
      '\x01',
      '\x7f',
      '東',
      `${ESC}[<1;2;3M`,
    ),
    { minLength: 1, maxLength: 8 },
  )
  /** Reads may end anywhere inside a sequence. */
  const splits = (push: (decoder: InputDecoder, read: string) => InputEvent[]) =>
    fc.property(typed, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (parts, sizes) => {
      const decoder = new InputDecoder()
      const input = parts.join('')
      const seen: InputEvent[] = []
      for (let at = 0; at < input.length;) {
        const size = sizes.next().value ?? 1
        seen.push(...push(decoder, input.slice(at, at + size)))
        at += size
      }
      const whole = parts.map(part => short(new InputDecoder().push(part))).join('')
      return short(seen) === whole
    })

  it('reads the same however the input is cut into reads', () => {
    expect(() => {
      fc.assert(
        splits((decoder, read) => decoder.push(read)),
        { numRuns: 1_000 },
      )
    }).not.toThrow()
  })

  it('would be caught if it forgot what a read left over', () => {
    expect(
      fc.check(
        splits((_, read) => new InputDecoder().push(read)),
        { numRuns: 500 },
      ).failed,
    ).toBe(true)
  })

  it('survives any bytes', () => {
    expect(() => {
      fc.assert(
        fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 20 })), reads => {
          decode(...reads)
        }),
        { numRuns: 2_000 },
      )
    }).not.toThrow()
  })
})
