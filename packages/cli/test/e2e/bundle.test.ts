/** What the built program loads, and when. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const dist = new URL('../../dist/', import.meta.url)

const read = (file: string): string => readFileSync(new URL(file, dist), 'utf8')

/** What a built file imports before it runs: packages, and chunks as `./name.js`. */
const imported = (file: string): string[] =>
  Array.from(
    read(file).matchAll(/^(?:import|\} from|export .* from)[^\n]*?"([^"]+)";?$/gm),
    ([, from = '']) => from,
  )

/** A built file and the chunks that are loaded with it. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  for (const from of imported(file)) if (from.startsWith('.')) loadedWith(from, seen)
  return seen
}

/** The packages that are loaded with a built file. */
const packagesOf = (file: string): string[] =>
  [...loadedWith(file)].flatMap(imported).filter(from => !from.startsWith('.'))

/** Every chunk that is loaded when it is asked for, sooner or later. */
function lazily(file: string, seen = new Set<string>()): Set<string> {
  for (const part of loadedWith(file))
    for (const [, later = ''] of read(part).matchAll(/import\("(\.\/[^"]+)"\)/g))
      if (!seen.has(later)) lazily(later, seen.add(later))
  return seen
}

it('an old Node gets as far as being told so: nothing is imported before that', () => {
  expect(imported('./main.js')).toEqual([])
})

it('the command line loads neither the screen nor the network', () => {
  const [first = ''] = lazily('./main.js')
  const packages = packagesOf(first)
  expect(packages).toContain('commander')
  for (const heavy of ['ink', 'react', 'ws', 'amqplib', '@hubbub/stock-bot', '@hubbub/hub/client'])
    expect(packages).not.toContain(heavy)
})

it('the screen is there all the same, in a chunk of its own', () => {
  const withInk = [...lazily('./main.js')].filter(file => packagesOf(file).includes('ink'))
  expect(withInk).toHaveLength(1)
})
