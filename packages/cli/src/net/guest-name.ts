/** Who somebody is without saying so: the name of their account, made acceptable to the protocol. */
import { userInfo } from 'node:os'
import { cleanName, parseClientMessage } from '@hubbub/hub'

const LONGEST = 32

/** Whether a hub that takes guests would take this name, if it is free. */
export function isGuestName(name: string): boolean {
  return parseClientMessage(JSON.stringify({ type: 'hello', id: 'name', name })).ok
}

/** The account's name as the protocol takes it; `guest` where there is none, or nothing is left of it. */
export function accountName(read: () => string = () => userInfo().username): string {
  try {
    const letters = Array.from(cleanName(read())).filter(letter => isGuestName(`x${letter}x`))
    return cut(letters, LONGEST) || 'guest'
  } catch {
    // An account that the system does not list, as containers have them.
    return 'guest'
  }
}

/** The name to try next: `ann-2` after `ann`, `ann-3` after that; undefined after 99. */
export function nextName(base: string, attempt: number): string | undefined {
  if (attempt > 98) return undefined
  const suffix = `-${attempt + 1}`
  return cut(Array.from(base), LONGEST - suffix.length) + suffix
}

const cut = (letters: readonly string[], length: number): string => letters.slice(0, length).join('').trim()
