import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { isBlank, replyText, textOf } from '../src/reply-text.ts'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

describe('the text of a reply', () => {
  it('is cut at 4,000 characters, and holds nothing that a chat refuses', () => {
    expect(replyText('a\0b\ud800c')).toBe('ab\ufffdc')
    expect(Array.from(replyText('\u{1f600}'.repeat(4_000)))).toHaveLength(4_000)
    const cut = Array.from(replyText('\u{1f600}'.repeat(4_001)))
    expect([cut.length, cut.at(-1)]).toEqual([4_000, '…'])
  })

  // A part of a string shares its characters: 50 titles of pages would keep the pages.
  it.each([
    ['short', 40],
    ['long', 5_000],
  ])('does not keep the page that it is a %s part of', (_, length) => {
    const MB = 1024 * 1024
    const keepAll = (text: (page: string) => string): number => {
      gc()
      const before = process.memoryUsage().heapUsed
      const kept = Array.from({ length: 50 }, (_, index) =>
        text(`${index}<title>${'t'.repeat(length)}</title>${'x'.repeat(MB)}`),
      )
      gc()
      return kept.length === 50 ? (process.memoryUsage().heapUsed - before) / MB : Number.NaN
    }
    const title = (page: string): string => /<title>(.*?)</.exec(page)?.[1] ?? ''
    expect(keepAll(title)).toBeGreaterThan(40)
    expect(keepAll(page => replyText(title(page)))).toBeLessThan(10)
  })

  it('must be one that a chat shows', () => {
    expect(textOf('x', 'it must be a text')).toBe('x')
    expect(() => textOf(' \0\n', 'it must be a text')).toThrow('it must be a text, got a blank one')
    expect(() => textOf(undefined, 'it must be a text')).toThrow(
      'it must be a text, got a value of type undefined',
    )
    expect(isBlank('\0')).toBe(true)
  })
})
