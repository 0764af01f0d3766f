import type { Delivery } from '@hubbub/hub/client'

/**
 * What a reader of a room may rely on: each message follows the one before, or a `reset` or `skipped` has named
 * the hole. Returns what breaks this first, or undefined. `after` is where the reader was.
 */
export function firstViolation(
  deliveries: readonly Delivery[],
  after?: { readonly seq: number },
): string | undefined {
  let at = after?.seq
  for (const delivery of deliveries)
    if (delivery.kind === 'reset') at = delivery.seq
    else if (delivery.kind === 'skipped') {
      if (at !== undefined && delivery.from !== at + 1) return `skipped from ${delivery.from} behind ${at}`
      if (delivery.to < delivery.from) return `skipped ${delivery.from} to ${delivery.to}`
      at = delivery.to
    } else {
      const { seq } = delivery.message
      if (at !== undefined && seq !== at + 1) return `message ${seq} behind ${at}`
      at = seq
    }
  return undefined
}
