import type { Exploration } from '@hubbub/hub/testing'

/** One promise of the hub, checked under every order that the explorer comes to. */
export interface Property {
  /** A word or two, for the table. */
  readonly name: string
  /** The promise, in a sentence. */
  readonly promise: string
  /** What some of the orders must come to: a play that never sees them proves nothing. */
  readonly cases?: readonly string[]
  /** Plays one story, and says which of the cases it sees. Throws, or never ends, where the promise is broken. */
  readonly play: (exploration: Exploration, sees: (what: string) => void) => Promise<void>
  /** A hub that breaks the promise: a check that cannot fail proves nothing. */
  readonly twin: Twin
}

/** Something in the hub that was broken on purpose. */
interface Twin {
  /** What the broken hub does. */
  readonly does: string
  /** Breaks it; the returned function mends it. */
  readonly breaks: () => () => void
}

/** Puts another method in the place of one, made from it; the returned function puts it back. */
export function replace<T extends object, K extends keyof T>(
  target: T,
  method: K,
  make: (original: T[K]) => T[K],
): () => void {
  const { [method]: original } = target
  target[method] = make(original)
  return () => {
    target[method] = original
  }
}
