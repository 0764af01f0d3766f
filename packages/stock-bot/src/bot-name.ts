/**
 * A bot's name stands beside people's names, so the same is asked of it.
 * @throws TypeError
 */
export function requireBotName(name: string): void {
  if (name !== '' && name.trim() === name && Array.from(name).length <= 32 && !/\p{C}/u.test(name)) return
  throw new TypeError(
    `a bot's name must be 1–32 characters without control characters or spaces around, got ${JSON.stringify(name)}`,
  )
}
