import { createHub, HubError } from '@hubbub/hub'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { requireBotName } from '../src/bot-name.ts'

const hub = createHub()
let posted = 0

async function isShown(name: string): Promise<boolean> {
  posted += 1
  try {
    await hub.post({
      room: 'general',
      id: `${posted}`,
      text: 'x',
      author: { id: 'bot:b', name, kind: 'bot' },
    })
    return true
  } catch (error) {
    if (error instanceof HubError && error.field === 'author.name') return false
    throw error
  }
}

function isAllowed(name: string): boolean {
  try {
    requireBotName(name)
    return true
  } catch (error) {
    if (error instanceof TypeError && error.message.startsWith("a bot's name must be ")) return false
    throw error
  }
}

/** What changes when it is composed, is not seen, or breaks a line. */
const odd = fc.constantFrom(
  '\u2800',
  '\u3164',
  '\u034f',
  '\ufe0f',
  '\u200b',
  '\u2028',
  '\u0958',
  '\u0301',
  'e\u0301',
  ' ',
  '\u00a0',
  '\n',
  '\0',
  '\ud800',
  '\ue000',
  '\u0378',
  '😀',
)
const names = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.oneof(odd, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 })), { maxLength: 12 })
    .map(parts => parts.join('')),
  fc.tuple(odd, fc.integer({ min: 1, max: 40 })).map(([part, times]) => part.repeat(times)),
  fc.integer({ min: 30, max: 34 }).map(length => 'x'.repeat(length)),
)

// A bot was given a name that every hub refused: it started, and none of its answers was shown.
it('allows a bot the names that a hub shows, but for spaces around them', async () => {
  const seen = { allowed: 0, refused: 0 }
  await fc.assert(
    fc.asyncProperty(names, async name => {
      const allowed = isAllowed(name)
      seen[allowed ? 'allowed' : 'refused'] += 1
      expect(allowed).toBe(name.trim() === name && (await isShown(name)))
    }),
    { numRuns: 2_000 },
  )
  expect(Math.min(seen.allowed, seen.refused)).toBeGreaterThan(200)
})

it.each(['\u2800', 'a\u3164b', 'a\u034fb', '\u0301', '\u0958'.repeat(32)])('refuses %j', name => {
  expect(() => requireBotName(name)).toThrow("a bot's name must be 1–32 characters")
})
