import { isIP } from 'node:net'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clientAddress, ipKey, trustedProxies } from '../../src/http/index.ts'

describe('ipKey', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2fff::7', '2001:db8:1:2f00::/56'],
    ['2001:DB8:1:2fff:1:2:3:4', '2001:db8:1:2f00::/56'],
    ['::1', '0:0:0:0::/56'],
    ['::', '0:0:0:0::/56'],
    ['fe80::1%eth0', 'fe80:0:0:0::/56'],
    ['64:ff9b::192.0.2.7', '64:ff9b:0:0::/56'],
  ])('of %s is %s', (address, key) => {
    expect(ipKey(address)).toBe(key)
  })

  it('of all addresses of one /56 is the same, and of the next one another', () => {
    expect(ipKey('2001:db8:0:ff::1')).toBe(ipKey('2001:db8:0:1:2:3:4:5'))
    expect(ipKey('2001:db8:0:100::1')).not.toBe(ipKey('2001:db8:0:ff::1'))
  })

  it.each([
    [64, '2001:db8:1:2fff::/64'],
    [48, '2001:db8:1::/48'],
    [60, '2001:db8:1:2ff0::/60'],
    [128, '2001:db8:1:2fff:0:0:0:7/128'],
  ])('takes another prefix: %d', (ipv6Prefix, key) => {
    expect(ipKey('2001:db8:1:2fff::7', { ipv6Prefix })).toBe(key)
  })

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '12345::',
    ':1',
    '1:',
    '::1.2.3',
    'x'.repeat(1e6),
  ])('refuses what is no address: %.20s', text => {
    expect(() => ipKey(text)).toThrow(TypeError)
  })

  it('agrees with node:net on what an address is, and on which are the same', () => {
    const words = fc.array(fc.constantFrom(':', '::', '0', '1', 'ffff', 'db8', '1.2.3.4', '255', '.', 'g'), {
      maxLength: 14,
    })
    fc.assert(
      fc.property(
        fc.oneof(
          fc.ipV4(),
          fc.ipV6(),
          words.map(parts => parts.join('')),
        ),
        text => {
          expect(keyOrNothing(text)).toBe(isIP(text) === 0 ? undefined : canonical(text))
        },
      ),
      { numRuns: 5_000 },
    )
  })

  it('refuses a prefix that is none', () => {
    expect(() => ipKey('::1', { ipv6Prefix: 0 })).toThrow('ipv6Prefix must be a whole number from 1 to 128')
  })
})

function keyOrNothing(text: string): string | undefined {
  try {
    return ipKey(text, { ipv6Prefix: 128 })
  } catch {
    return undefined
  }
}

/** By the platform's own parser of addresses in URLs. */
function canonical(text: string): string {
  if (isIP(text) === 4) return text
  const short = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const [head = '', tail] = short.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const groups = [...left, ...Array.from({ length: 8 - left.length - right.length }, () => '0'), ...right]
  if (groups.slice(0, 6).join(':') !== '0:0:0:0:0:ffff') return `${groups.join(':')}/128`
  const [high = 0, low = 0] = groups.slice(6).map(group => Number.parseInt(group, 16))
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

describe('the client behind proxies', () => {
  const trust = trustedProxies(['loopback', '10.0.0.0/8', '2001:db8:ffff::/48', '192.0.2.1'])

  it('is the socket when no proxy is trusted, whatever the header says', () => {
    expect(clientAddress('198.51.100.1', '203.0.113.9', trust)).toBe('198.51.100.1')
  })

  it('is the last address that no trusted proxy has', () => {
    expect(clientAddress('::ffff:10.0.0.1', '6.6.6.6, 203.0.113.9, 10.1.1.1', trust)).toBe('203.0.113.9')
    expect(clientAddress('2001:db8:ffff::1', ['6.6.6.6', '203.0.113.9, 192.0.2.1'], trust)).toBe(
      '203.0.113.9',
    )
  })

  it('may come with a port, as some proxies write it', () => {
    expect(clientAddress('127.0.0.1', '203.0.113.9:4711', trust)).toBe('203.0.113.9')
    expect(clientAddress('127.0.0.1', '[2001:db8::9]:4711', trust)).toBe('2001:db8::9')
  })

  it('is the proxy where the header is rubbish or empty', () => {
    expect(clientAddress('127.0.0.1', 'unknown', trust)).toBe('127.0.0.1')
    expect(clientAddress('127.0.0.1', undefined, trust)).toBe('127.0.0.1')
    expect(clientAddress(undefined, '1.2.3.4', trust)).toBeUndefined()
  })

  it('follows a made-up chain for 32 hops at most', () => {
    const chain = Array.from({ length: 1_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`).join(',')
    expect(clientAddress('127.0.0.1', chain, trust)).toBe('10.0.3.200')
  })

  it.each(['10.0.0.0/33', 'example.com', '', '10.0.0.0/', '::/129'])('refuses %s as a proxy', range => {
    expect(() => trustedProxies([range])).toThrow(TypeError)
  })
})
