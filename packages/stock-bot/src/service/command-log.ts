import type { BreakerEvent, QuotesTrace } from '../quotes/trace-quotes.ts'
import type { ProcessTrace, SettleTrace } from '../trace.ts'
import { Watch } from '../watch.ts'
import { correlate, correlationOf } from './correlation.ts'
import type { Log } from './log.ts'

/**
 * Tells an operator of each command, of what sources refuse and of what is given up, each with the ids of its
 * command, until the returned function is called. Never a text, a symbol or a price.
 */
export function commandLog(log: Log): () => void {
  const stopCorrelating = correlate()
  const watch = new Watch()

  watch.operation<ProcessTrace>('stock-bot.process', (process, { seconds }) => {
    const { name, room, outcome = 'failed', redeliveries } = process
    const ms = Math.round(seconds * 1_000)
    const done = outcome === 'ack'
    log({
      level: done ? 'info' : 'warn',
      event: 'command',
      text: `/${name} ${done ? 'done' : `ended with ${outcome}`} in ${ms} ms`,
      fields: { ...correlationOf(process), room, outcome, ms, redeliveries },
    })
  })

  watch.operation<QuotesTrace>('stock-bot.quotes', ({ source, outcomes = [] }, { seconds }) => {
    const failure = outcomes.find(outcome => outcome !== 'ok' && outcome !== 'not-found')
    if (failure === undefined) return
    const ms = Math.round(seconds * 1_000)
    log({
      level: 'warn',
      event: 'source-failed',
      text: `${source} refused: ${failure}`,
      fields: { source, kind: failure, ms },
    })
  })

  watch.event('stock-bot.breaker', event => {
    const { source, state, kind, retryAfterMs } = event as BreakerEvent
    const what = {
      closed: 'is asked again',
      'half-open': 'is on trial',
      open: `is not asked any more (${kind ?? 'failed'})`,
    }[state]
    const wait =
      state === 'open' && retryAfterMs !== undefined ? ` for ${Math.ceil(retryAfterMs / 1_000)} s` : ''
    log({
      level: state === 'open' ? 'warn' : 'info',
      event: 'breaker',
      text: `${source} ${what}${wait}`,
      fields: {
        source,
        state,
        ...(kind !== undefined && { kind }),
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      },
    })
  })

  watch.operation<SettleTrace>('stock-bot.settle', ({ name, id, correlationId, settlement, reason }) => {
    if (settlement !== 'dead') return
    log({
      level: 'warn',
      event: 'dead-letter',
      text: `/${name} was given up: ${reason}`,
      fields: { command: name, id, correlationId, reason },
    })
  })

  return () => {
    watch.stop()
    stopCorrelating()
  }
}
