/** Prints how many guesses a flooding attacker gets: `node --conditions=@hubbub/source bench/attack.ts [--long]`. */
import { attack, attackPlainLru, type Flood, type Outcome } from './flood.ts'

const long = process.argv.includes('--long')
const floods: readonly Flood[] = [
  { keys: 0, hits: 0 },
  { keys: 10_000, hits: 1 },
  ...(long ? [{ keys: 100_000, hits: 1 }] : []),
  { keys: 2_000, hits: 5 },
  { keys: 10_000, hits: 5 },
  ...(long ? [{ keys: 100_000, hits: 5 }] : []),
  { keys: 10_000, hits: 1, guesses: 1 },
]
const show = ({ guesses, refusedNewcomers, evictedWithDebt }: Outcome): string =>
  `${String(guesses).padStart(3)}, ${String(refusedNewcomers).padStart(3)} %, ${String(evictedWithDebt).padStart(9)}`

console.log('guesses allowed of 200 (honest: 9), honest newcomers refused, evictedWithDebt')
for (const flood of floods) {
  console.log(
    `${String(flood.keys).padStart(7)} keys a round, ${flood.hits} hits each, ${flood.guesses ?? 5} guesses a round`,
  )
  console.log(`    plain LRU        ${show(attackPlainLru(flood))}`)
  console.log(`    onFull: 'evict'  ${show(attack(flood))}`)
  console.log(`    onFull: 'deny'   ${show(attack(flood, { onFull: 'deny' }))}`)
}
