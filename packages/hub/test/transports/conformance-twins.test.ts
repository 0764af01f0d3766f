/** The suite can fail: each twin keeps the contract but for one promise. */
import type { Connection } from '@hubbub/hub'
import { describeConnection, faultyTransport, type OpenConnection, type WirePeer } from '@hubbub/hub/testing'
import { expect, it } from 'vitest'
import { faultyPeer } from './support/wire-peers.ts'

interface Twin {
  readonly mistake: string
  readonly caughtBy: string
  readonly create: OpenConnection
}

/** A good connection, but for what `change` gives. */
const wrong =
  (change: (good: Connection, own: object) => Partial<Connection>): OpenConnection =>
  accept =>
    faultyPeer(good => {
      // Handlers and figures stay the good one's; only what is changed is in front of them.
      const twin = new Proxy(good, {
        get: (target, key) => Reflect.get(key in changes ? changes : target, key) as unknown,
      })
      const changes = change(good, twin)
      accept(twin)
    })

const twin = (mistake: string, caughtBy: string, create: OpenConnection): Twin => ({
  mistake,
  caughtBy,
  create,
})

const silentPeer =
  (edit: (peer: WirePeer) => void): OpenConnection =>
  async accept => {
    const peer = await faultyPeer(accept)
    edit(peer)
    return peer
  }

const twins: readonly Twin[] = [
  twin(
    'writes the frames of one call backwards',
    'carrying: delivers what is written in order, over any number of calls',
    wrong(good => ({ write: frames => good.write(frames.toReversed()) })),
  ),
  twin(
    'loses what the peer sends',
    'carrying: receives what the peer sends in order, each text in a call of its own',
    silentPeer(peer => {
      peer.send = () => {}
    }),
  ),
  twin(
    'replaces what is not ASCII',
    'carrying: carries unusual text unchanged, both ways',
    wrong(good => ({
      // oxlint-disable-next-line no-control-regex -- ASCII is meant
      write: frames => good.write(frames.map(frame => String(frame).replaceAll(/[^\u0000-\u007f]/g, '?'))),
    })),
  ),
  twin(
    'cuts big frames off',
    'carrying: writes a frame of a megabyte whole, and what follows behind it',
    wrong(good => ({ write: frames => good.write(frames.map(frame => String(frame).slice(0, 100_000))) })),
  ),
  twin(
    'encodes differently each time',
    'frames: encodes a text the same way every time, and a frame may be written again',
    wrong(good => {
      let n = 0
      return { transport: { ...good.transport, encode: text => `${text}${' '.repeat((n += 1))}` } }
    }),
  ),
  twin(
    'counts characters and not bytes',
    'frames: sizes a frame at no less than its text, and no less than the wire carries',
    wrong(good => ({ transport: { ...good.transport, size: frame => String(frame).length } })),
  ),
  twin(
    'says that nothing is buffered',
    'buffers: counts in bufferedBytes what a stalled peer does not take',
    wrong(() => ({ bufferedBytes: 0 })),
  ),
  twin(
    'counts a write until all of it is taken',
    'buffers: lets bufferedBytes fall with each part of a write that a slow peer takes',
    wrong(good => {
      let written = 0
      return {
        write(frames) {
          for (const frame of frames) written += good.transport.size(frame)
          good.write(frames)
        },
        get bufferedBytes() {
          if (good.bufferedBytes === 0) written = 0
          return written
        },
      }
    }),
  ),
  twin('never calls onDrain', 'buffers: calls onDrain when a peer that stalled reads on', accept =>
    faultyPeer(good => {
      accept(good)
      good.onDrain = undefined
    }),
  ),
  twin(
    'counts nothing that it receives',
    'buffers: lets receivedBytes grow with every message',
    wrong(() => ({ receivedBytes: 0 })),
  ),
  twin(
    'forgets the reason',
    'closing: close gives both sides the code and the reason, once',
    wrong(good => ({ close: code => good.close(code, '') })),
  ),
  twin(
    'tells of the end twice',
    'closing: a close of the peer gives this side its code and reason, once',
    accept =>
      faultyPeer(good => {
        accept(good)
        const { onClose } = good
        good.onClose = (code, reason) => {
          onClose?.(code, reason)
          onClose?.(code, reason)
        }
      }),
  ),
  twin(
    'loses what the peer sent before it closed',
    'closing: what the peer sent before its close arrives before it',
    accept =>
      faultyPeer(good => {
        accept(good)
        const { onMessage } = good
        good.onMessage = text => {
          setImmediate(() => onMessage?.(text))
        }
      }),
  ),
  twin(
    'drops what was written before close',
    'closing: what was written before close goes out first',
    wrong(good => {
      let waiting: readonly unknown[] = []
      return {
        write(frames) {
          waiting = [...waiting, ...frames]
          queueMicrotask(() => {
            good.write(waiting)
            waiting = []
          })
        },
      }
    }),
  ),
  twin(
    'takes the last code of a close',
    'closing: close is idempotent: the first code counts',
    wrong(good => {
      let last: [number, string] | undefined
      return {
        close(...given) {
          if (!last) queueMicrotask(() => last && good.close(...last))
          last = given
        },
      }
    }),
  ),
  twin(
    'still writes after close',
    'closing: nothing that is written after close arrives, and nothing throws',
    wrong(good => ({ close: (code, reason) => queueMicrotask(() => good.close(code, reason)) })),
  ),
  twin(
    'calls a lost peer a normal end',
    'closing: a peer that is cut off is 1006, once, and writing to it never throws',
    accept =>
      faultyPeer(good => {
        accept(good)
        const { onClose } = good
        good.onClose = (code, reason) => onClose?.(code === 1006 ? 1000 : code, reason)
      }),
  ),
  twin(
    'waits for ever for a peer that reads nothing',
    'closing: close ends a connection whose peer reads nothing, within a deadline of its own',
    accept => {
      const clock = { now: () => 0, monotonic: () => 0, setTimer: () => () => {} }
      const connect = faultyTransport({ accept }, { clock })
      const socket = connect('')
      const peer: WirePeer = {
        onMessage: undefined,
        onClose: undefined,
        send: text => socket.send(text),
        pause: () => connect.last.stall(),
        resume: () => connect.last.resume(),
        close: (code, reason) => socket.close(code, reason),
        cut: () => connect.last.cut(),
      }
      return peer
    },
  ),
]

/** All cases of the suite for one connection, by 'group: sentence'. */
function casesOf(create: OpenConnection): Map<string, () => Promise<void>> {
  const cases = new Map<string, () => Promise<void>>()
  let group = ''
  const runner = {
    describe(name: string, body: () => void) {
      group = name
      body()
    },
    it(name: string, run: () => Promise<void>) {
      cases.set(`${group}: ${name}`, run)
    },
  }
  describeConnection(runner, 'twin', create, { patienceMs: 300 })
  return cases
}

it.each(twins.map(each => [each.mistake, each] as const))(
  'catches a connection that %s',
  async (_, broken) => {
    const run = casesOf(broken.create).get(broken.caughtBy)
    if (!run) throw new Error(`there is no case "${broken.caughtBy}"`)
    await expect(run()).rejects.toThrow(/./)
  },
)

it('has a twin for every case', () => {
  expect(twins.map(({ caughtBy }) => caughtBy).toSorted()).toEqual([...casesOf(faultyPeer).keys()].toSorted())
})
