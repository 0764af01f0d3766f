import type { Bar, Metrics } from '../../../../.config/bench/report.ts'
import { measureBigRoom } from './big-room.ts'
import { measureDeepLog } from './deep-log.ts'
import type { System } from './dialects.ts'
import { measure, type Measured } from './measure.ts'

/** How long a case takes, and how its server is started. */
interface RunOptions {
  readonly seconds: number
  readonly flags: readonly string[]
}

/** One comparison. */
export interface Case {
  readonly systems: readonly System[]
  /** Connections of one run. */
  readonly clients: number
  run(system: System, options: RunOptions): Promise<Metrics>
}

export const bars: readonly Bar[] = [
  { case: 'flat-1000', metric: 'cpu_us_per_delivery', peer: 'floor', most: 1.4 },
  { case: 'flat-1000', metric: 'cpu_us_per_delivery', peer: 'socket.io', most: 0.2 },
  { case: 'paced-1000', metric: 'cpu_us_per_delivery', peer: 'floor', most: 1.2 },
  { case: 'paced-1000', metric: 'cpu_us_per_delivery', peer: 'socket.io', most: 0.8 },
  { case: 'idle-4000', metric: 'rss_mb', peer: 'ws', most: 1.25 },
  { case: 'stalled-500', metric: 'rss_growth_mb', most: 64 },
  { case: 'stalled-500', metric: 'p99_over_allowed', most: 1 },
  { case: 'big-room', metric: 'p99_over_allowed', most: 1 },
  { case: 'deep-log', metric: 'join_over_shallow', most: 1.3 },
  { case: 'deep-log', metric: 'resume_over_shallow', most: 1.3 },
  { case: 'deflate-1000', metric: 'cpu_us_per_delivery', peer: 'ws', most: 0.2 },
  { case: 'deflate-1000', metric: 'saved_bytes_per_delivery', peer: 'ws', least: 0.9, most: 1.1 },
]

const SHORT = 120
const LONG = 4_000
const CHATTY = 400
const STALLED_BYTES = 12 * 1024 * 1024

const counted = ({ lost, doubled }: { lost: number; doubled: number }): Metrics => ({ lost, doubled })

const perDelivery = (measured: Measured): Metrics => ({
  cpu_us_per_delivery: measured.cpuUsPerDelivery,
  p50_ms: measured.p50Ms,
  p99_ms: measured.p99Ms,
  rss_mb: measured.rssMb,
  bytes_per_delivery: measured.bytesPerDelivery,
  ...counted(measured),
})

export const cases: Readonly<Record<string, Case>> = {
  'flat-1000': {
    systems: ['floor', 'hub', 'ws', 'socket.io'],
    clients: 1_000,
    run: async (system, { seconds, flags }) => {
      const send = { characters: SHORT, inFlight: 16 }
      return perDelivery(
        await measure(system, {
          live: 1_000,
          warmUp: { ...send, seconds: 1 },
          send: { ...send, seconds },
          flags,
        }),
      )
    },
  },
  'paced-1000': {
    systems: ['floor', 'hub', 'ws', 'socket.io'],
    clients: 1_000,
    run: async (system, { seconds, flags }) => {
      const send = { characters: SHORT, inFlight: 0, perSecond: 40 }
      return perDelivery(
        await measure(system, {
          live: 1_000,
          warmUp: { ...send, seconds: 1 },
          send: { ...send, seconds },
          flags,
        }),
      )
    },
  },
  'idle-4000': {
    systems: ['hub', 'ws', 'socket.io'],
    clients: 4_000,
    run: async (system, { flags }) => {
      const measured = await measure(system, {
        live: 4_000,
        send: { characters: SHORT, inFlight: 16, messages: 64 },
        restMs: 2_000,
        flags,
      })
      return { rss_mb: measured.rssMb, ...counted(measured) }
    },
  },
  'stalled-500': {
    // A bare `ws` loop copies each message for each client: with this many it would fill the machine.
    systems: ['floor', 'hub', 'socket.io'],
    clients: 1_000,
    run: async (system, { flags }) => {
      const messages = Math.ceil(STALLED_BYTES / LONG)
      const send = { characters: LONG, inFlight: 4, messages }
      const alone = await measure(system, { live: 500, send: { ...send, messages: messages / 4 }, flags })
      const measured = await measure(system, { live: 500, stalled: 500, send, flags })
      return {
        rss_growth_mb: measured.growthMb,
        rss_growth_alone_mb: alone.growthMb,
        p99_ms: measured.p99Ms,
        p99_alone_ms: alone.p99Ms,
        p99_over_allowed: measured.p99Ms / (1.5 * alone.p99Ms + 5),
        lost: measured.lost + alone.lost,
        doubled: measured.doubled + alone.doubled,
      }
    },
  },
  'big-room': {
    systems: ['hub'],
    clients: 0,
    run: async (_system, { seconds, flags }) => {
      const alone = await measureBigRoom({ members: 0, seconds, flags })
      const beside = await measureBigRoom({ members: 20_000, seconds, flags })
      return {
        p50_ms: beside.p50Ms,
        p99_ms: beside.p99Ms,
        p99_alone_ms: alone.p99Ms,
        p99_over_allowed: beside.p99Ms / Math.max(10, 3 * alone.p99Ms),
        big_room_p99_ms: beside.bigP99Ms,
        lost: beside.lost + alone.lost,
        doubled: beside.doubled + alone.doubled,
      }
    },
  },
  'deflate-1000': {
    systems: ['floor', 'hub', 'ws'],
    clients: 1_000,
    run: async (system, { seconds, flags }) => {
      const send = { characters: CHATTY, inFlight: 16 }
      const measured = await measure(system, {
        deflate: true,
        live: 1_000,
        warmUp: { ...send, seconds: 1 },
        send: { ...send, seconds },
        flags,
      })
      return { ...perDelivery(measured), saved_bytes_per_delivery: measured.savedPerDelivery }
    },
  },
  'deep-log': {
    systems: ['hub'],
    clients: 0,
    run: async (_system, { flags }) => {
      const { join, joinShallow, resume, resumeShallow } = await measureDeepLog(flags)
      return {
        ms_per_join: join,
        ms_per_join_100: joinShallow,
        join_over_shallow: join / joinShallow,
        ms_per_resume: resume,
        ms_per_resume_100: resumeShallow,
        resume_over_shallow: resume / resumeShallow,
      }
    },
  },
}
