import type { ChannelModel } from 'amqplib'
import { systemClock } from '@hubbub/hub/amqp'
import { addressOf } from '../hosts.ts'
import { brokerWords } from './broker-words.ts'
import type { Finding } from './finding.ts'
import { withConnection } from './look.ts'
import { topologyFindings } from './topology.ts'

/** What a bot needs to know of: versions outside of this are not tested. */
const VERSIONS = { least: [3, 10], most: [4, 3] } as const
/** How long RabbitMQ may take to say that it takes no messages, in milliseconds. */
const BLOCKED_MS = 500

/** Looks at one RabbitMQ, and at what is declared there for a command. */
export async function brokerFindings(url: string, command: string): Promise<Finding[]> {
  const subject = `RabbitMQ at ${addressOf(url)}`
  try {
    return await withConnection(url, async model => {
      const topology = await topologyFindings(model, command)
      // Last: RabbitMQ is deaf to a connection that publishes while it takes no messages.
      const blocked = await blockedFindings(subject, model)
      return [versionFinding(subject, model), ...blocked, ...topology]
    })
  } catch (error) {
    const words = brokerWords(error, url) ?? { text: 'it cannot be used, and does not say why' }
    return [{ part: 'broker', subject, severity: 'problem', ...words }]
  }
}

function versionFinding(subject: string, model: ChannelModel): Finding {
  const { product, version } = model.connection.serverProperties
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const { least, most } = VERSIONS
  const known = product === 'RabbitMQ'
  const tested = known && compare([major, minor], least) >= 0 && compare([major, minor], most) <= 0
  const text = `answers, ${product} ${version}`
  if (tested) return { part: 'broker', subject, severity: 'ok', text }
  const remedy = `the bot is tested with RabbitMQ ${least.join('.')} to ${most.join('.')}`
  return { part: 'broker', subject, severity: 'warning', text, remedy }
}

const compare = ([a, b]: readonly [number, number], [c, d]: readonly [number, number]): number =>
  a - c || b - d

/** RabbitMQ says so only to who publishes: this goes to no queue, and nobody gets it. */
async function blockedFindings(subject: string, model: ChannelModel): Promise<Finding[]> {
  const blocked = Promise.withResolvers<string | undefined>()
  model.once('blocked', reason => {
    blocked.resolve(reason)
  })
  const channel = await model.createConfirmChannel()
  channel.on('error', () => undefined)
  channel.publish('', `stock-bot.doctor.${crypto.randomUUID()}`, Buffer.alloc(0), {}, () => {
    blocked.resolve(undefined)
  })
  const cancel = systemClock.setTimer(() => {
    blocked.resolve('it does not say why')
  }, BLOCKED_MS)
  const reason = await blocked.promise
  cancel()
  if (reason === undefined) return []
  const text = `takes no messages: ${reason}`
  const remedy = 'give it memory or disk, or let its queues be emptied: rabbitmqctl status'
  return [{ part: 'broker', subject, severity: 'problem', text, remedy }]
}
