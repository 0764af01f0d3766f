import { connect } from 'node:net'
import { systemClock } from '@hubbub/hub'
import type { RabbitMq } from '../../../../.config/services/rabbitmq.ts'
import { through, wire, type Wire } from '../../../../.config/services/wire.ts'
import { after, inTime } from '../../../hub/test/kill/patience.ts'
import { type Field, type FieldOptions, type FieldReport, underFire } from './field.ts'

/** What came of killing RabbitMQ. */
export interface RabbitReport extends FieldReport {
  /** How often it was killed, by when. */
  readonly kills: Readonly<Record<Moment, number>>
  /** From RabbitMQ's port being open until the chat had both its connections, in milliseconds, each time. */
  readonly recoveries: readonly number[]
  /** The same until a command was answered that was given after the port was open. */
  readonly answers: readonly number[]
  /** How long RabbitMQ's port was closed, each time. */
  readonly outages: readonly number[]
}

/** When RabbitMQ is killed: while everybody connects, before a confirm arrives, while it takes no messages. */
type Moment = 'setup' | 'confirm' | 'blocked'

/** RabbitMQ 3.10 may lose the leader of a quorum queue that is younger than some seconds. */
const AGE_MS = 5_000
/** How long commands flow before RabbitMQ is killed again, at most. */
const FLOW_MS = 3_000
/** The beginning of the method `basic.ack`. */
const BASIC_ACK = Buffer.from([0, 60, 0, 80])

/** Kills a RabbitMQ of one's own under load, again and again, and has it come back. */
export async function drillRabbit(
  rabbit: RabbitMq,
  { cycles, ...options }: Omit<FieldOptions, 'amqp'> & { readonly cycles: number },
): Promise<RabbitReport> {
  const kills = { setup: 0, confirm: 0, blocked: 0 }
  const moments = Object.keys(kills) as Moment[]
  const recoveries: number[] = []
  const answers: number[] = []
  const outages: number[] = []
  const line = await wire(rabbit.url)
  try {
    const report = await underFire({ ...options, amqp: through(rabbit.url, line) }, async field => {
      await after(AGE_MS)
      for (let cycle = 0; cycle < cycles; cycle += 1) {
        const moment = moments[cycle % moments.length] ?? 'setup'
        await after(Math.random() * FLOW_MS)
        await inTime(`killing (${moment})`, 60_000, KILL[moment](field, line, rabbit))
        const gone = systemClock.now()
        kills[moment] += 1
        const up = portOpen(rabbit.port)
        const [back] = await Promise.all([up, rabbit.start()])
        field.outages.push([gone, systemClock.now()])
        outages.push(systemClock.now() - gone)
        const answered = field.answered(systemClock.now())
        await inTime('connecting again', 30_000, field.broker.connected())
        recoveries.push(systemClock.monotonic() - back)
        await inTime('an answer', 60_000, answered)
        answers.push(systemClock.monotonic() - back)
      }
    })
    return { ...report, kills, recoveries, answers, outages }
  } finally {
    await line.stop()
  }
}

const KILL: Readonly<Record<Moment, (field: Field, line: Wire, rabbit: RabbitMq) => Promise<void>>> = {
  /** Everybody has to connect again; at some step of that, anywhere in the handshakes and the topology, it dies. */
  setup: (_, line, rabbit) => {
    let left = 1 + Math.floor(Math.random() * 30)
    return at(
      line,
      () => (left -= 1) === 0,
      rabbit,
      () => {
        line.drop()
      },
    )
  },
  /** What RabbitMQ has confirmed, nobody gets to hear. */
  confirm: ({ broker }, line, rabbit) =>
    at(line, bytes => broker.stats().publishing.waiting > 0 && bytes.includes(BASIC_ACK), rabbit),
  /** It tells only who publishes that it takes nothing. */
  blocked: async ({ broker }, _, rabbit) => {
    await rabbit.ctl('set_vm_memory_high_watermark', '0')
    while (broker.stats().publishing.blocked === undefined) await after(20)
    // Users go on, and are refused.
    await after(500)
    await rabbit.kill()
  },
}

/** Kills RabbitMQ at the first answer that `isMoment`, which is not passed on. */
async function at(
  line: Wire,
  isMoment: (bytes: Buffer) => boolean,
  rabbit: RabbitMq,
  begin: () => void = () => undefined,
): Promise<void> {
  const killed = Promise.withResolvers<void>()
  line.onAnswer = bytes => {
    if (!isMoment(bytes)) return
    line.onAnswer = undefined
    line.drop()
    killed.resolve(rabbit.kill())
  }
  begin()
  await killed.promise
}

/** Resolves with the moment at which something listens there again. */
async function portOpen(port: number): Promise<number> {
  for (;;) {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
    const isOpen = await promise
    socket.destroy()
    if (isOpen) return systemClock.monotonic()
    await after(5)
  }
}
