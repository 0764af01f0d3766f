import { BlockList, isIP } from 'node:net'
import { shapeOf } from '../input.ts'
import { isAddress } from './address.ts'

/** Says whether a proxy at this address is yours, so that what it reports of its client is believed. */
export type Trust = (address: string) => boolean

/** A longer chain is not followed: it is made up. */
const MAX_HOPS = 32
const NAMED: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  private: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/**
 * Trust in proxies by address: `192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`, `loopback` or `private`.
 * @throws TypeError that names what is none of these.
 */
export function trustedProxies(proxies: readonly string[]): Trust {
  const list = new BlockList()
  for (const proxy of proxies) for (const range of NAMED[proxy] ?? [proxy]) add(list, range)
  return address => {
    const plain = unmapped(address)
    const family = isIP(plain)
    return family !== 0 && list.check(plain, family === 6 ? 'ipv6' : 'ipv4')
  }
}

/**
 * The client's address. `X-Forwarded-For` is read from its end, which the nearest proxy wrote, for as long as
 * the address found so far is a trusted proxy: what a client wrote itself is never reached.
 */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  trust: Trust,
): string | undefined {
  let address = remoteAddress
  let rest = typeof forwardedFor === 'string' ? forwardedFor : (forwardedFor?.join(',') ?? '')
  for (let hop = 0; hop < MAX_HOPS && address !== undefined && rest !== '' && trust(address); hop++) {
    const comma = rest.lastIndexOf(',')
    const before = withoutPort(rest.slice(comma + 1).trim())
    if (!isAddress(before)) return address
    address = before
    rest = comma < 0 ? '' : rest.slice(0, comma)
  }
  return address
}

function add(list: BlockList, range: string): void {
  const [address = '', bits] = range.split('/')
  const family = isIP(address)
  const prefix = bits === undefined ? (family === 6 ? 128 : 32) : Number(bits)
  if (
    family === 0 ||
    bits === '' ||
    !Number.isInteger(prefix) ||
    prefix < 0 ||
    prefix > (family === 6 ? 128 : 32)
  ) {
    throw new TypeError(
      `a trusted proxy must be an address, a range such as 10.0.0.0/8, 'loopback' or 'private', got ${shapeOf(range)}`,
    )
  }
  list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
}

const unmapped = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address)

/** Some proxies write `192.0.2.7:49152` and `[2001:db8::7]:49152`. */
function withoutPort(text: string): string {
  if (text.startsWith('[')) return text.slice(1, text.indexOf(']'))
  const colon = text.indexOf(':')
  return colon > 0 && text.includes('.') && text.indexOf(':', colon + 1) < 0 ? text.slice(0, colon) : text
}
