import assert from 'node:assert/strict'
import type { ConnectionCase, ConnectionProbe } from './connection-probe.ts'

/** JSON that framing could trip over: every length class, escapes, and all planes of Unicode. */
const UNUSUAL: readonly string[] = [
  '{}',
  JSON.stringify({ text: '\u0000\n\r\t"\\' }),
  JSON.stringify({ text: '\u2028\u2029\u0085\ufeff' }),
  JSON.stringify({ text: 'ä€😀 👩‍👩‍👧 \u202e' }),
  JSON.stringify({ text: '\ud800' }),
  ...[124, 125, 126, 127, 65_534, 65_535, 65_536].map(length => `"${'x'.repeat(length - 2)}"`),
]

const messages = (texts: readonly string[]): string[] => texts.map(text => `message ${text}`)
const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `{"n":${n}}`)

const arrived = (probe: ConnectionProbe, side: 'here' | 'there', count: number): Promise<void> =>
  probe.until(() => probe[side].length >= count, `${count} events ${side}`)

/** A megabyte. */
const BIG = `"${'x'.repeat(1024 * 1024)}"`
/** More of those than a kernel buffers for a loopback connection. */
const MANY = 24

export const carryCases: readonly ConnectionCase[] = [
  {
    name: 'delivers what is written in order, over any number of calls',
    async run(probe) {
      const texts = numbered(200)
      probe.write(...texts.slice(0, 50))
      for (const text of texts.slice(50)) probe.write(text)
      probe.write()
      await arrived(probe, 'there', 200)
      await probe.quiet()
      assert.deepEqual(probe.there, messages(texts))
    },
  },
  {
    name: 'receives what the peer sends in order, each text in a call of its own',
    async run(probe) {
      const texts = numbered(200)
      for (const text of texts) probe.peer.send(text)
      await arrived(probe, 'here', 200)
      await probe.quiet()
      assert.deepEqual(probe.here, messages(texts))
    },
  },
  {
    name: 'carries unusual text unchanged, both ways',
    async run(probe) {
      const small = UNUSUAL.filter(text => text.length < 30_000)
      probe.write(...UNUSUAL)
      for (const text of small) probe.peer.send(text)
      await arrived(probe, 'there', UNUSUAL.length)
      await arrived(probe, 'here', small.length)
      assert.deepEqual(probe.there, messages(UNUSUAL))
      assert.deepEqual(probe.here, messages(small))
    },
  },
  {
    name: 'writes a frame of a megabyte whole, and what follows behind it',
    async run(probe) {
      probe.write(BIG, '"end"')
      await arrived(probe, 'there', 2)
      assert.ok(probe.there[0] === `message ${BIG}`, 'the big frame arrived whole')
      assert.equal(probe.there[1], 'message "end"')
    },
  },
]

export const frameCases: readonly ConnectionCase[] = [
  {
    name: 'encodes a text the same way every time, and a frame may be written again',
    async run(probe) {
      const { transport } = probe.connection
      const frame = transport.encode('{"a":1}')
      assert.deepEqual(transport.encode('{"a":1}'), frame)
      probe.connection.write([frame, frame])
      probe.connection.write([frame])
      await arrived(probe, 'there', 3)
      assert.deepEqual(probe.there, messages(['{"a":1}', '{"a":1}', '{"a":1}']))
    },
  },
  {
    name: 'sizes a frame at no less than its text, and no less than the wire carries',
    async run(probe) {
      const { transport } = probe.connection
      const before = probe.peer.wireBytes
      let sum = 0
      for (const text of UNUSUAL) {
        const size = transport.size(transport.encode(text))
        const bytes = new TextEncoder().encode(text).byteLength
        assert.ok(size >= bytes && size <= bytes + 64, `${size} bytes for a text of ${bytes}`)
        sum += size
      }
      probe.write(...UNUSUAL)
      await arrived(probe, 'there', UNUSUAL.length)
      const after = probe.peer.wireBytes
      if (before !== undefined && after !== undefined)
        assert.ok(after - before <= sum, `${after - before} bytes came, sized at ${sum}`)
    },
  },
]

/** Writes so much to a peer that reads nothing that some of it has to wait; returns how much waits. */
async function stall(probe: ConnectionProbe, calls = MANY): Promise<number> {
  const { connection, peer } = probe
  assert.equal(connection.bufferedBytes, 0)
  peer.pause()
  const big = connection.transport.encode(BIG)
  const sum = MANY * connection.transport.size(big)
  for (let n = 0; n < calls; n += 1) connection.write(Array.from({ length: MANY / calls }, () => big))
  await probe.quiet()
  const stalled = connection.bufferedBytes
  assert.ok(stalled > 0 && stalled <= sum, `bufferedBytes is ${stalled} of ${sum} written`)
  return stalled
}

export const bufferCases: readonly ConnectionCase[] = [
  {
    name: 'counts in bufferedBytes what a stalled peer does not take',
    async run(probe) {
      await stall(probe)
      probe.peer.resume()
      await arrived(probe, 'there', MANY)
      await probe.until(() => probe.connection.bufferedBytes === 0, 'bufferedBytes is 0 again')
    },
  },
  {
    name: 'lets bufferedBytes fall with each part of a write that a slow peer takes',
    async run(probe) {
      const stalled = await stall(probe, 1)
      const { connection, peer } = probe
      const drains = probe.bufferedAtDrain.length
      const fallen = () =>
        [...probe.bufferedAtDrain.slice(drains), connection.bufferedBytes].filter(bytes => bytes < stalled)
      // It reads for a moment at a time.
      await probe.until(() => {
        peer.pause()
        const fell = fallen().length > 0
        if (!fell) peer.resume()
        return fell
      }, 'bufferedBytes falls')
      assert.ok(
        fallen().some(bytes => bytes > 0),
        'bufferedBytes was 0 only when all was taken',
      )
      peer.resume()
      await arrived(probe, 'there', MANY)
    },
  },
  {
    name: 'calls onDrain when a peer that stalled reads on',
    async run(probe) {
      const stalled = await stall(probe)
      const drained = probe.drains
      probe.peer.resume()
      await probe.until(() => probe.drains > drained, 'onDrain was called')
      const last = probe.bufferedAtDrain.at(-1)
      assert.ok(last !== undefined && last < stalled, `bufferedBytes was ${last} at the last onDrain`)
    },
  },
  {
    name: 'lets receivedBytes grow with every message',
    async run(probe) {
      let before = probe.connection.receivedBytes
      for (let n = 1; n <= 3; n += 1) {
        probe.peer.send('{"type":"x"}')
        await arrived(probe, 'here', n)
        assert.ok(probe.connection.receivedBytes > before, 'receivedBytes grew')
        before = probe.connection.receivedBytes
      }
    },
  },
]
