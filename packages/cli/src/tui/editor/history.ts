/** What was sent before, for the arrow keys. Pure. */

/** Sent texts and where the reader is among them. */
export interface History {
  /** Oldest first. */
  readonly texts: readonly string[]
  /** Index in `texts`; `texts.length` is the draft. */
  readonly at: number
  /** What was being written when the arrows were first pressed. */
  readonly draft: string
}

/** Most texts that are kept. */
const MAX_TEXTS = 200

export const emptyHistory: History = { texts: [], at: 0, draft: '' }

/** With `text` as the newest; a repetition is kept once. */
export function remember(history: History, text: string): History {
  const texts = [...history.texts.filter(each => each !== text), text].slice(-MAX_TEXTS)
  return { texts, at: texts.length, draft: '' }
}

/**
 * One step to older (-1) or newer (1) texts, with the text to show; undefined at the end. `text` is what is in the
 * editor: it comes back below the newest.
 */
export function step(
  history: History,
  direction: -1 | 1,
  text: string,
): { readonly history: History; readonly text: string } | undefined {
  const at = history.at + direction
  if (at < 0 || at > history.texts.length) return undefined
  const draft = history.at === history.texts.length ? text : history.draft
  return { history: { ...history, at, draft }, text: history.texts[at] ?? draft }
}
