import { checkNumber, shapeOf } from '../input.ts'

/** What `ipKey` may be told. */
export interface IpKeyOptions {
  /**
   * Bits of an IPv6 address that make one client. Providers hand out /56 to /64 to one customer, so a limit on
   * whole addresses is none.
   * @default 56
   */
  readonly ipv6Prefix?: number
}

/** Bits of an IPv6 address that make one client. */
export const DEFAULT_PREFIX = 56
const COLON = 0x3a
const DOT = 0x2e
/** Reused by every call: parsing is synchronous and must not make garbage per request. */
const groups = new Uint16Array(8)

/**
 * The key of the client behind an address: the IPv4 address, also where it comes as `::ffff:192.0.2.7` (as it
 * does on Node's default listener), else the first 56 bits of the IPv6 address.
 *
 * @example
 * ipKey('::ffff:192.0.2.7') //=> '192.0.2.7'
 * ipKey('2001:db8:1:2fff::7') //=> '2001:db8:1:2f00::/56'
 *
 * @throws TypeError when `address` is no IP address.
 */
export function ipKey(address: string, { ipv6Prefix = DEFAULT_PREFIX }: IpKeyOptions = {}): string {
  const key = typeof address === 'string' ? keyOfAddress(address, checkedPrefix(ipv6Prefix)) : undefined
  if (key !== undefined) return key
  throw new TypeError(`address must be an IPv4 or IPv6 address, got ${shapeOf(address)}`)
}

/** @throws RangeError or TypeError for what is not a number of bits. */
export function checkedPrefix(ipv6Prefix: number): number {
  if (ipv6Prefix !== DEFAULT_PREFIX) checkNumber('ipv6Prefix', ipv6Prefix, { min: 1, max: 128, whole: true })
  return ipv6Prefix
}

/** Like `ipKey`; `undefined` for what is no address. */
export function keyOfAddress(address: string, ipv6Prefix: number): string | undefined {
  if (isIpv4(address, 0)) return address
  if (address.startsWith('::ffff:') && isIpv4(address, 7)) return address.slice(7)
  return parseIpv6(address) ? keyOfGroups(ipv6Prefix) : undefined
}

/** Whether `text` is an address, IPv4 or IPv6. */
export function isAddress(text: string): boolean {
  return isIpv4(text, 0) || parseIpv6(text)
}

/** Whether `text` from `start` on is four decimal numbers to 255 with dots. */
function isIpv4(text: string, start: number): boolean {
  const { length } = text
  if (length - start < 7 || length - start > 15) return false
  let dots = 0
  let value = -1
  for (let i = start; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code === DOT) {
      if (value < 0 || ++dots > 3) return false
      value = -1
      continue
    }
    const digit = code - 0x30
    // A leading zero is octal to some programs: not an address.
    if (digit < 0 || digit > 9 || value === 0) return false
    value = value < 0 ? digit : value * 10 + digit
    if (value > 255) return false
  }
  return dots === 3 && value >= 0
}

/** Parses into `groups`; false for what is no IPv6 address (RFC 4291 §2.2). A zone (`%eth0`) is left out. */
function parseIpv6(text: string): boolean {
  const zone = text.indexOf('%')
  const end = zone < 0 ? text.length : zone
  if (end < 2 || end > 45) return false
  let count = 0
  let gap = -1
  let i = 0
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false
    gap = 0
    i = 2
  }
  while (i < end) {
    if (count === 8) return false
    const start = i
    let value = 0
    for (; i < end; i++) {
      const digit = hexDigit(text.charCodeAt(i))
      if (digit < 0) break
      value = value * 16 + digit
    }
    if (i < end && text.charCodeAt(i) === DOT) {
      if (count > 6 || !isIpv4(text.slice(0, end), start)) return false
      count = putIpv4(text, start, end, count)
      break
    }
    if (i === start || i - start > 4) return false
    groups[count++] = value
    if (i === end) break
    if (text.charCodeAt(i) !== COLON || ++i === end) return false
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return false
      gap = count
      i++
    }
  }
  if (gap < 0) return count === 8
  if (count === 8) return false
  groups.copyWithin(8 - (count - gap), gap, count)
  groups.fill(0, gap, 8 - (count - gap))
  return true
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** Writes the dotted part, which is known to be right, as two groups. */
function putIpv4(text: string, start: number, end: number, count: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = text.slice(start, end).split('.').map(Number)
  groups[count] = a * 256 + b
  groups[count + 1] = c * 256 + d
  return count + 2
}

function keyOfGroups(prefix: number): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups
  // Mapped, but not in the form above: in capitals or in hexadecimal.
  if ((a | b | c | d | e) === 0 && f === 0xff_ff) return `${g >> 8}.${g & 255}.${h >> 8}.${h & 255}`
  if (prefix === DEFAULT_PREFIX) {
    return `${a.toString(16)}:${b.toString(16)}:${c.toString(16)}:${(d & 0xff_00).toString(16)}::/56`
  }
  const kept: string[] = []
  for (let bits = prefix, place = 0; bits > 0; bits -= 16, place++) {
    const mask = bits >= 16 ? 0xff_ff : (0xff_ff << (16 - bits)) & 0xff_ff
    kept.push(((groups[place] ?? 0) & mask).toString(16))
  }
  return `${kept.join(':')}${kept.length < 8 ? '::' : ''}/${prefix}`
}
