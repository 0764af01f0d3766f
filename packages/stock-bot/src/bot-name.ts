const MAX = 32
// As `@hubbub/hub` asks it of everybody's name. Not imported, because no bot needs a hub; a test holds them together.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

/**
 * A bot's name stands beside people's names, so the same is asked of it: a hub shows an answer under no other.
 * @throws TypeError
 */
export function requireBotName(name: string): void {
  // A hub composes it, and makes all white space between two words one space.
  const shown = name.normalize('NFC').trim().replace(/\s+/g, ' ')
  const isShort = name.length <= 1_000 && Array.from(shown).length <= MAX
  if (isShort && name.trim() === name && VISIBLE.test(shown) && !UNSAFE.test(name)) return
  throw new TypeError(
    `a bot's name must be 1–${MAX} characters, something to see, none of them control, bidi or zero-width, and no spaces around, got ${JSON.stringify(name)}`,
  )
}
