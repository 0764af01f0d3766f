import { stopping } from '../errors.ts'
import type { Hub } from '../hub.ts'

const ignore = (): void => {}

/** Stops a server; `leftMs` is what the hub's deadline leaves to its connections. */
export type Stop = (leftMs: number) => Promise<void>

/**
 * Waits until a server listens, and has it stopped with the hub; returns how to stop it before. `stop` is called once,
 * never while `bound` is open: what is not bound yet cannot be closed, and would listen for ever. Rejects with what
 * `bound` rejects with, or with `unavailable` where the hub stops meanwhile, and then the server is stopped.
 */
export async function listening(hub: Hub, bound: Promise<void>, stop: Stop): Promise<() => Promise<void>> {
  let closing: Promise<void> | undefined
  const end = async (leftMs: number): Promise<void> => {
    forget()
    await bound.catch(ignore)
    await stop(leftMs)
  }
  const forget = hub.onClose(leftMs => (closing ??= end(leftMs)))
  const close = (): Promise<void> => (closing ??= end(Infinity))
  try {
    await bound
    if (!hub.ready) throw stopping()
  } catch (error) {
    await close()
    throw error
  }
  return close
}

/** Where a socket comes from. A dual-stack listener shows an IPv4 peer in its IPv6 form; one address has one name. */
export const addressOf = ({
  remoteAddress,
}: {
  readonly remoteAddress?: string | undefined
}): string | undefined => remoteAddress?.replace(/^::ffff:(?=\d+\.)/, '')
