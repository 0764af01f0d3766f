/**
 * Has a promise that somebody returned from a function that should return none fail without ending the process:
 * nobody waits for it.
 */
export function mayFail(returned: unknown): void {
  if (returned instanceof Promise) returned.catch(() => undefined)
}
