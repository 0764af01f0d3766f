/** What the built program loads, and when. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const dist = new URL('../../dist/', import.meta.url)

/** The packages that a built file imports before it runs, by itself and through its chunks. */
function loadedBy(file: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>()
  if (seen.has(file)) return packages
  seen.add(file)
  const source = readFileSync(new URL(file, dist), 'utf8')
  for (const [, from = ''] of source.matchAll(/^(?:import|\} from|export .* from)[^\n]*?"([^"]+)";?$/gm)) {
    if (!from.startsWith('.')) packages.add(from)
    else for (const each of loadedBy(from, seen)) packages.add(each)
  }
  return packages
}

/** The files that `file` and its chunks import when they are asked to. */
function lazily(file: string, seen = new Set<string>()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  const source = readFileSync(new URL(file, dist), 'utf8')
  const later = Array.from(source.matchAll(/import\("(\.\/[^"]+)"\)/g), ([, found = '']) => found)
  return [...later, ...later.flatMap(each => lazily(each, seen))]
}

it('an old Node gets as far as being told so: nothing is imported before that', () => {
  expect([...loadedBy('main.js')]).toEqual([])
})

it('the command line loads neither the screen nor the network', () => {
  const [first = ''] = lazily('main.js')
  const packages = loadedBy(first)
  expect(packages).toContain('commander')
  for (const heavy of ['ink', 'react', 'ws', 'amqplib', '@hubbub/stock-bot', '@hubbub/hub/client'])
    expect(packages).not.toContain(heavy)
})

it('the screen is there all the same, in a chunk of its own', () => {
  const withInk = lazily('main.js').filter(file => loadedBy(file).has('ink'))
  expect(new Set(withInk).size).toBe(1)
})
