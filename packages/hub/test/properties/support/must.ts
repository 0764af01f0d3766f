/** Throws an error that says what was wrong, where something does not hold that must. */
export function must(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise)
}
