/** How the closes of a drain are spread over time. */
export interface Spread {
  /** Closes in each slice of time since the drain began. */
  readonly slices: readonly number[]
  /** The most closes within any stretch as long as a slice, wherever it begins. */
  readonly most: number
}

/** Counts closes, given as milliseconds since the drain began. */
export function spreadOf(times: readonly number[], sliceMs: number): Spread {
  const sorted = times.toSorted((a, b) => a - b)
  const slices: number[] = Array.from({ length: Math.floor((sorted.at(-1) ?? 0) / sliceMs) + 1 }, () => 0)
  let most = 0
  let first = 0
  for (const [index, at] of sorted.entries()) {
    const slice = Math.max(0, Math.floor(at / sliceMs))
    slices[slice] = (slices[slice] ?? 0) + 1
    while (at - (sorted[first] ?? at) >= sliceMs) first += 1
    most = Math.max(most, index - first + 1)
  }
  return { slices, most }
}
