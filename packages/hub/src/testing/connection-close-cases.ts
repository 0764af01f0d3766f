import assert from 'node:assert/strict'
import type { ConnectionCase, ConnectionProbe } from './connection-probe.ts'

const ended = (log: readonly string[]): boolean => log.some(event => event.startsWith('close '))
const over = (probe: ConnectionProbe, side: 'here' | 'there'): Promise<void> =>
  probe.until(() => ended(probe[side]), `the end is seen ${side}`)

export const closeCases: readonly ConnectionCase[] = [
  {
    name: 'close gives both sides the code and the reason, once',
    async run(probe) {
      probe.connection.close(4403, 'revoked: ä€')
      await Promise.all([over(probe, 'here'), over(probe, 'there')])
      await probe.quiet()
      assert.deepEqual(probe.here, ['close 4403 revoked: ä€'])
      assert.deepEqual(probe.there, ['close 4403 revoked: ä€'])
    },
  },
  {
    name: 'a close of the peer gives this side its code and reason, once',
    async run(probe) {
      probe.peer.close(1000, 'bye')
      await over(probe, 'here')
      await probe.quiet()
      assert.deepEqual(probe.here, ['close 1000 bye'])
    },
  },
  {
    name: 'what the peer sent before its close arrives before it',
    async run(probe) {
      probe.peer.send('1')
      probe.peer.send('2')
      probe.peer.close(1000, '')
      await over(probe, 'here')
      assert.deepEqual(probe.here, ['message 1', 'message 2', 'close 1000 '])
    },
  },
  {
    name: 'what was written before close goes out first',
    async run(probe) {
      const big = `"${'x'.repeat(300_000)}"`
      probe.write('1', big)
      probe.write('2')
      probe.connection.close(1012, 'restart')
      await over(probe, 'there')
      assert.deepEqual(
        probe.there.map(event => event.slice(0, 20)),
        ['message 1', `message ${big}`.slice(0, 20), 'message 2', 'close 1012 restart'],
      )
    },
  },
  {
    name: 'close is idempotent: the first code counts',
    async run(probe) {
      probe.connection.close(4408, 'slow')
      probe.connection.close(1000, 'again')
      await Promise.all([over(probe, 'here'), over(probe, 'there')])
      probe.connection.close(1000, 'late')
      await probe.quiet()
      assert.deepEqual(probe.here, ['close 4408 slow'])
      assert.deepEqual(probe.there, ['close 4408 slow'])
    },
  },
  {
    name: 'nothing that is written after close arrives, and nothing throws',
    async run(probe) {
      probe.connection.close(1000, '')
      probe.write('"late"')
      await Promise.all([over(probe, 'here'), over(probe, 'there')])
      probe.write('"later"')
      await probe.quiet()
      assert.deepEqual(probe.there, ['close 1000 '])
    },
  },
  {
    name: 'a peer that is cut off is 1006, once, and writing to it never throws',
    async run(probe) {
      probe.peer.cut()
      for (let n = 0; n < 20 && !ended(probe.here); n += 1) {
        probe.write('"are you there"', `"${'x'.repeat(100_000)}"`)
        await probe.quiet()
      }
      await over(probe, 'here')
      probe.write('"gone"')
      probe.connection.close(1000, '')
      await probe.quiet()
      assert.deepEqual(probe.here, ['close 1006 '])
    },
  },
  {
    name: 'close ends a connection whose peer reads nothing, within a deadline of its own',
    needs: 'deadline',
    async run(probe) {
      probe.peer.pause()
      const big = probe.connection.transport.encode(`"${'x'.repeat(1024 * 1024)}"`)
      for (let n = 0; n < 24; n += 1) probe.connection.write([big])
      probe.connection.close(4408, 'slow')
      await over(probe, 'here')
      assert.deepEqual(probe.here.slice(1), [])
    },
  },
]
