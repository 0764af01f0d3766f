import { describe, expect, it } from 'vitest'
import { accountName, isGuestName, nextName } from '../../src/net/guest-name.ts'

describe('the name of an account', () => {
  it.each([
    ['ann', 'ann'],
    ['  DOMAIN\\Ann ', 'DOMAIN\\Ann'],
    ['a\u200bn\x1bn\u202e', 'ann'],
    ['z\u0307ofia', 'żofia'],
    ['x'.repeat(40), 'x'.repeat(32)],
    ['😀'.repeat(40), '😀'.repeat(32)],
    ['\u200b \x07', 'guest'],
  ])('%j is used as %j', (account, name) => {
    expect(accountName(() => account)).toBe(name)
    expect(isGuestName(name)).toBe(true)
  })

  it('is guest where the system does not know it', () => {
    const unknown = (): string => {
      throw new Error('uv_os_get_passwd returned ENOENT')
    }
    expect(accountName(unknown)).toBe('guest')
  })
})

describe('the next name', () => {
  it('counts from 2 and stays within the protocol', () => {
    expect([1, 2, 3].map(attempt => nextName('ann', attempt))).toEqual(['ann-2', 'ann-3', 'ann-4'])
    const long = nextName('x'.repeat(32), 98)
    expect(long).toBe(`${'x'.repeat(29)}-99`)
  })

  it('gives up after 99', () => {
    expect(nextName('ann', 99)).toBeUndefined()
  })
})
