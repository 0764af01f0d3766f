/** What one connection of the storm does, from its first byte to how it leaves. */
import fc from 'fast-check'
import { lineBytes } from './bytes.ts'
import { frame, rubbish, valid } from './frames.ts'
import { wsBytes } from './ws-frames.ts'

/** The transports that are stormed. */
export const transports = ['memory', 'ws', 'ws-deflate', 'stream'] as const
export type TransportName = (typeof transports)[number]

/** Texts in right frames; the last of them, a ping, has to be answered unless the connection is closed. */
interface Texts {
  readonly kind: 'texts'
  readonly pieces: readonly string[]
  readonly leave: 'goodbye' | 'end' | 'cut'
}

/** Bytes as they are. Whoever then ends, is cut, or says nothing more for a minute has to be closed. */
interface Bytes {
  readonly kind: 'bytes'
  readonly pieces: readonly Buffer[]
  /** Each piece in so many writes, a turn apart. */
  readonly tears: number
  readonly leave: 'end' | 'cut' | 'stay'
}

export type Script = (Texts | Bytes) & {
  /** Whether it says hello and joins before. */
  readonly enters: boolean
}

/** Far more than may wait to be handled, now and then. */
const lengths = { few: { minLength: 1, maxLength: 60 }, many: { minLength: 150, maxLength: 300 } }

const enters = fc.integer({ min: 1, max: 5 }).map(n => n > 1)

const texts: fc.Arbitrary<Script> = fc.record({
  kind: fc.constant('texts' as const),
  enters,
  pieces: fc.oneof(
    { weight: 30, arbitrary: fc.array(frame, { ...lengths.few, size: 'max' }) },
    { weight: 2, arbitrary: fc.array(rubbish, { ...lengths.few, size: 'max' }) },
    { weight: 1, arbitrary: fc.array(valid, { ...lengths.many, size: 'max' }) },
  ),
  leave: fc.constantFrom('goodbye', 'end', 'cut'),
})

const bytes = (piece: fc.Arbitrary<Buffer>): fc.Arbitrary<Script> =>
  fc.record({
    kind: fc.constant('bytes' as const),
    enters,
    pieces: fc.array(piece, { minLength: 1, maxLength: 12, size: 'max' }),
    tears: fc.constantFrom(1, 1, 2, 3),
    leave: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('end' as const, 'cut' as const) },
      { weight: 1, arbitrary: fc.constant('stay' as const) },
    ),
  })

/** Scripts for a transport; half of them are bytes where it carries such. */
const scripts: Readonly<Record<TransportName, fc.Arbitrary<Script>>> = {
  memory: texts,
  ws: fc.oneof(texts, bytes(wsBytes)),
  'ws-deflate': fc.oneof(texts, bytes(wsBytes)),
  stream: fc.oneof(texts, bytes(lineBytes)),
}

const PER_BATCH = 50

/** Scripts without end; the same ones for the same seed. */
export function* scriptsFor(
  transport: TransportName,
  seed: number,
): Generator<{ readonly script: Script; readonly batchSeed: number }, never> {
  for (let batchSeed = seed; ; batchSeed = (batchSeed + 1) | 0)
    for (const script of fc.sample(scripts[transport], { seed: batchSeed, numRuns: PER_BATCH }))
      yield { script, batchSeed }
}
