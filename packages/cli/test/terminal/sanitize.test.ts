import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_NAME_CELLS, sanitizeLine, sanitizeName, sanitizeText } from '../../src/terminal/sanitize.ts'
import { cellWidth } from '../../src/terminal/width.ts'
import { TestScreen } from '../tui/support/screen.ts'

const ESC = '\x1b'

/** What people have used against terminals, one of each class. */
const payloads: Readonly<Record<string, string>> = {
  'cursor movement': `${ESC}[2J${ESC}[H`,
  'fake colours': `${ESC}[31mroot${ESC}[0m`,
  'concealed text': `${ESC}[8mhidden`,
  'a link elsewhere': `${ESC}]8;;https://evil.example${ESC}\\https://bank.example${ESC}]8;;${ESC}\\`,
  'the clipboard': `${ESC}]52;c;cm0gLXJmIC8=\x07`,
  'a notification': `${ESC}]9;pwned\x07`,
  'a notification with a title': `${ESC}]777;notify;a;b\x07`,
  'a window title': `${ESC}]0;pwned${ESC}\\`,
  'a device string': `${ESC}P$q"p${ESC}\\`,
  'an application string': `${ESC}_Gf=100;AAAA${ESC}\\`,
  'a question to the terminal': `${ESC}[6n${ESC}[c`,
  'the alternate screen': `${ESC}[?1049h`,
  'a reset': `${ESC}c`,
  'another character set': `${ESC}(0\x0e`,
  '8-bit CSI': '\x9b31m',
  '8-bit OSC': '\x9d0;pwned\x9c',
  'an unterminated string': `${ESC}]0;eats the rest `,
  'an unterminated sequence': `${ESC}[`,
  'a bell': '\x07',
  backspaces: 'abc\b\b\bxyz',
  'a return over the line': 'safe\rroot',
  'an override': 'invoice\u202etxt.exe',
  isolates: '\u2066\u2067\u2068x\u2069\u061c\u200f',
  'zero width': 'a\u200bd\u2060m\ufeffi\u00adn',
  'invisible operators': 'a\u2061\u2062b\u180ec\u034f',
  fillers: '\u3164\u115f\u1160\uffa0',
  tags: 'hi\u{e0001}\u{e0068}\u{e0069}\u{e007f}',
  'hidden selectors': 'x\u{e0100}\u{e0155}\u{e01ef}',
  zalgo: `Z${'\u0335\u0348\u0310'.repeat(40)}`,
  'zalgo with joiners': `Z${'\u0335\u200d'.repeat(40)}`,
  'a lone surrogate': 'a\ud800b\udc00c',
  'line separators': 'a\u2028b\u2029c',
  'annotation marks': '\ufff9a\ufffab\ufffb',
  nul: 'a\0b',
}

/** An independent reading of "harmless": nothing the terminal obeys, nothing invisible, no pile of marks. */
const HARMFUL =
  // oxlint-disable-next-line no-control-regex -- these are the characters to find
  /[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]|[\p{M}\u200c\u200d]{5}|\p{Cs}/u

const fragment = fc.oneof(
  fc.constantFrom(...Object.values(payloads)),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map(units => String.fromCharCode(...units)),
  fc.constantFrom(ESC, '\x9b', '[', ']', ';', 'm', '\r', '\n', '\t', '\u0301', '\u200d', '👍🏽', '東'),
)
const hostile = fc.array(fragment, { maxLength: 12 }).map(parts => parts.join(''))

const harmless = (sanitize: (text: string) => string) =>
  fc.property(hostile, text => {
    const result = sanitize(text)
    return !HARMFUL.test(result) && sanitize(result) === result && result.length <= 4 * text.length + 1
  })

/** Runs a property; what it throws names the counterexample. */
const run = (property: fc.IProperty<[string]>) => () => {
  fc.assert(property, { numRuns: 3_000 })
}

describe('sanitizeText', () => {
  it('leaves nothing harmful in any text', () => {
    expect(run(harmless(sanitizeText))).not.toThrow()
  })

  it.each<[string, (text: string) => string]>([
    // oxlint-disable-next-line no-control-regex -- the pattern that such strippers use
    ['strips colours and movements only', text => text.replaceAll(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '')],
    // oxlint-disable-next-line no-control-regex -- as above
    ['strips 7-bit controls only', text => text.replaceAll(/[\x00-\x09\x0b-\x1f\x7f]/g, '')],
    [
      'forgets piled marks',
      text => sanitizeText(text.replaceAll(/\p{M}+/gu, '')) + text.replaceAll(/\P{M}/gu, ''),
    ],
  ])('is more than a stripper that %s', (_, broken) => {
    expect(fc.check(harmless(broken), { numRuns: 3_000 }).failed).toBe(true)
  })

  it.each(Object.entries(payloads))('disarms %s', (_, payload) => {
    expect(sanitizeText(payload)).not.toMatch(HARMFUL)
  })

  it('shows what a terminal would have obeyed', () => {
    expect(sanitizeText(`${ESC}[31mred\x07`)).toBe('␛[31mred␇')
    expect(sanitizeText('a\x7fb\x9bc')).toBe('a␡b\ufffdc')
  })

  it('keeps line breaks, widens tabs, and turns CRLF into LF', () => {
    expect(sanitizeText('a\r\nb\n\tc')).toBe('a\nb\n    c')
  })

  it.each(['plain text', 'naïve café', 'नमस्ते', '東京', '👩‍👩‍👧', '❤️', 'مرحبا', 'ภาษาไทย'])('keeps %s', text => {
    expect(sanitizeText(text)).toBe(text)
  })

  it('lets nothing reach a real terminal emulator', async () => {
    const screen = new TestScreen(80, 24)
    const answers: string[] = []
    screen.terminal.onData(data => answers.push(data))
    screen.terminal.onTitleChange(title => answers.push(title))
    screen.terminal.onBell(() => answers.push('bell'))
    for (const payload of Object.values(payloads)) screen.write(`${sanitizeLine(payload)}|\r\n`.slice(0, 79))
    screen.write('end')
    await screen.settled()
    expect(answers).toEqual([])
    expect(screen.terminal.buffer.active.type).toBe('normal')
    const cell = screen.terminal.buffer.active.getLine(screen.terminal.buffer.active.baseY)?.getCell(0)
    expect(cell?.isFgDefault() && !cell.isInvisible()).toBe(true)
    expect(screen.text()).toContain('end')
    screen.dispose()
  })
})

describe('sanitizeLine', () => {
  it('is one harmless line whatever comes in', () => {
    expect(
      run(
        fc.property(hostile, text => {
          const line = sanitizeLine(text)
          return !HARMFUL.test(line) && !line.includes('\n') && sanitizeLine(line) === line
        }),
      ),
    ).not.toThrow()
  })

  it('shows line breaks', () => {
    expect(sanitizeLine('one\ntwo')).toBe('one⏎two')
  })
})

describe('sanitizeName', () => {
  it('is one short visible word whatever comes in', () => {
    expect(
      run(
        fc.property(hostile, text => {
          const name = sanitizeName(text)
          return (
            !HARMFUL.test(name) &&
            !/[\n\u200c\u200d]|^\s|\s$|^\p{M}/u.test(name) &&
            name !== '' &&
            cellWidth(name) <= MAX_NAME_CELLS &&
            sanitizeName(name) === name
          )
        }),
      ),
    ).not.toThrow()
  })

  it('makes names that look the same the same', () => {
    expect(sanitizeName('al\u200dice')).toBe('alice')
    expect(sanitizeName(' alice\u3164 ')).toBe('alice')
    expect(sanitizeName('Jose\u0301')).toBe('José')
  })

  it('cuts long names and names nothing as ?', () => {
    expect(sanitizeName('x'.repeat(40))).toBe(`${'x'.repeat(23)}…`)
    expect(sanitizeName('\u200b\u2800 ')).toBe('?')
  })
})
