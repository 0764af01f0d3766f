const WORDS =
  'the build is green red and we merge it after lunch today because deploys wait for nobody'.split(' ')

/** Texts of every size and kind, the same in every run. */
export function texts(count: number): string[] {
  let state = 1
  const below = (limit: number): number => {
    state = (state * 48_271) % 2_147_483_647
    return state % limit
  }
  const many = (length: number, make: () => string): string => Array.from({ length }, make).join('')
  const words = (length: number): string =>
    many(length, () => `${WORDS[below(WORDS.length)]} `).slice(0, length)
  const kinds = [
    () => '.',
    () => words(20 + below(40)),
    () => words(400),
    () => words(3_990),
    () => many(3_990, () => String.fromCodePoint(0x21 + below(94))),
    () => many(1_000, () => String.fromCodePoint(0x4e00 + below(20_000))),
    () => many(1 + below(3_000), () => String.fromCodePoint(0x1f300 + below(256))),
    () => '"\\\n\u001b\u2028'.repeat(1 + below(200)),
    // Too far apart for a small window.
    () => `${words(300)}${many(700, () => String.fromCodePoint(0x21 + below(94)))}`.repeat(3),
  ]
  return Array.from({ length: count }, (_, n) => `${n} ${kinds[n % kinds.length]?.()}`)
}
