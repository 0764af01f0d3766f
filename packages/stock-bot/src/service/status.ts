import type { AmqpBrokerStats } from '../broker/amqp.ts'
import type { BotStats } from '../bot-options.ts'
import type { SourceState } from '../quotes/chain.ts'
import { remedyFor } from '../quotes/remedies.ts'
import { SAMPLE_SOURCE } from '../quotes/source.ts'

/** What a status is made of. */
export interface StatusParts {
  readonly phase: 'starting' | 'running' | 'stopping'
  /** RabbitMQ's addresses, without secrets. */
  readonly addresses: readonly string[]
  readonly broker: { readonly state: 'closed' | 'open' | 'half-open'; stats(): AmqpBrokerStats }
  readonly sources: readonly SourceState[]
  readonly bot: BotStats
}

/** What `/readyz` says. */
export interface Status {
  /** `degraded`: it answers, and something is missing all the same. */
  readonly status: 'ready' | 'degraded' | 'not-ready'
  /** Why it is not `ready`, in sentences. */
  readonly reasons: readonly string[]
  readonly broker: object
  readonly sources: readonly object[]
  readonly bot: object
}

/**
 * Whether the bot takes commands and has an answer to them: not while it starts or stops, while RabbitMQ is away or
 * takes no messages, and while no source is asked any more.
 */
export function statusOf({ phase, addresses, broker, sources, bot }: StatusParts): Status {
  const { publishing, consuming, ...counts } = broker.stats()
  const open = sources.filter(({ state }) => state === 'open')
  const { blocked } = publishing
  const hard = [
    ...(phase === 'running' ? [] : [`The bot is ${phase}.`]),
    ...(blocked === undefined ? [] : [`RabbitMQ takes no messages: ${blocked}.`]),
    ...(blocked === undefined && broker.state !== 'closed' ? ['RabbitMQ cannot be reached.'] : []),
    ...(sources.length > 0 && open.length === sources.length ? ['No quote source is asked any more.'] : []),
  ]
  const soft = open.map(({ source, reason }) => {
    return `${source} is not asked any more${reason ? ` (${reason.kind})` : ''}.`
  })
  return {
    status: hard.length > 0 ? 'not-ready' : soft.length > 0 ? 'degraded' : 'ready',
    reasons: [...hard, ...soft],
    broker: { state: broker.state, addresses, blocked: blocked ?? null, publishing, consuming, ...counts },
    sources: sources.map(sourceOf),
    bot: { phase, ...bot },
  }
}

function sourceOf({ source, state, reason }: SourceState): object {
  if (!reason) return { source, state, ...(source === SAMPLE_SOURCE && { sample: true }) }
  const { kind, detail, retryAfterMs } = reason
  const remedy = remedyFor(reason)
  return {
    source,
    state,
    kind,
    detail,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(remedy !== undefined && { remedy }),
  }
}
