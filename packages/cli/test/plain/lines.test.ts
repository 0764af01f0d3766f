import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, Lines, MAX_LINE } from '../../src/plain/lines.ts'

const never = new AbortController().signal

/** The lines of an input that comes in these pieces. */
async function linesOf(pieces: readonly Uint8Array[]): Promise<string[]> {
  const stream = new PassThrough()
  const lines = new Lines(stream)
  for (const piece of pieces) stream.write(piece)
  stream.end()
  const found: Line[] = []
  for (let line = await lines.next(never); line; line = await lines.next(never)) found.push(line)
  return found.map(({ text }) => text)
}

/** A text cut into pieces at any bytes, in the middle of a character too. */
const cutText = fc
  .tuple(
    fc.array(fc.constantFrom('a', 'ż', '😀', '\n', '\r\n', ' '), { maxLength: 40 }),
    fc.infiniteStream(fc.nat(5)),
  )
  .map(([letters, sizes]) => {
    const bytes = Buffer.from(letters.join(''))
    const pieces: Uint8Array[] = []
    let from = 0
    for (const size of sizes) {
      if (from >= bytes.length) break
      pieces.push(bytes.subarray(from, from + size + 1))
      from += size + 1
    }
    return { text: letters.join(''), pieces }
  })

const split = (text: string): string[] => {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

describe('lines of a stream', () => {
  it('are the same however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(cutText, async ({ text, pieces }) => {
        expect(await linesOf(pieces)).toEqual(split(text))
      }),
    )
  })

  it('would not be, were each piece decoded by itself: the property sees that', async () => {
    const broken = async (pieces: readonly Uint8Array[]): Promise<string[]> => {
      await Promise.resolve()
      return split(pieces.map(piece => Buffer.from(piece).toString('utf8')).join(''))
    }
    const property = fc.asyncProperty(cutText, async ({ text, pieces }) => {
      expect(await broken(pieces)).toEqual(split(text))
    })
    expect((await fc.check(property)).failed).toBe(true)
  })

  it('are cut at a length, and the next line is whole again', async () => {
    const stream = new PassThrough()
    const lines = new Lines(stream)
    for (let piece = 0; piece < 50; piece += 1) stream.write('x'.repeat(1_000))
    stream.end('\nnext\n')
    const first = await lines.next(never)
    expect(first).toEqual({ text: 'x'.repeat(MAX_LINE), cut: true })
    expect(await lines.next(never)).toEqual({ text: 'next', cut: false })
    expect(await lines.next(never)).toBeUndefined()
    await lines.ended
  })

  it('are not read ahead without bound', async () => {
    const stream = new PassThrough()
    const lines = new Lines(stream)
    stream.write('a\n'.repeat(5_000))
    stream.write('b\n'.repeat(10))
    stream.end()
    await new Promise(resolve => setImmediate(resolve))
    expect(stream.isPaused()).toBe(true)
    const read: string[] = []
    for (let line = await lines.next(never); line; line = await lines.next(never)) read.push(line.text)
    expect(read).toHaveLength(5_010)
  })

  it('end a wait when the signal does', async () => {
    const stream = new PassThrough()
    const lines = new Lines(stream)
    const ending = new AbortController()
    const next = lines.next(ending.signal)
    ending.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
    lines.close()
    expect(stream.listenerCount('data')).toBe(0)
  })
})
