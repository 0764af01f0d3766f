/**
 * How the 30 s are spent that a user waits at most. A bot's reply is there by the deadline, 29 s after the
 * publish, or the chat says 1 s later that there was none. Where the sender says what is left of its 30 s, the
 * deadline is 1 s before they are over.
 */

/** How long a command may take from the publish to the reply, in milliseconds. */
export const ANSWER_MS = 29_000
/** How long after the deadline a reply may still be on its way before the chat gives up on it, in milliseconds. */
export const NOTICE_AFTER_MS = 1_000
/** Kept of each budget for the reply's own way: a run ends so long before the deadline, in milliseconds. */
export const REPLY_MS = 100
/** What would begin with less than this to its deadline is not begun but answered as expired, in milliseconds. */
export const MIN_BUDGET_MS = 200
