/** The states of a breaker, as numbers that may be drawn. */
export const STATES = { closed: 0, 'half-open': 1, open: 2 } as const
