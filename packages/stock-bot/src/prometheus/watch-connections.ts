import type { ConnectionEvent } from '../trace-events.ts'
import type { Meters } from './meters.ts'
import { STATES } from './states.ts'
import type { Watch } from '../watch.ts'

/** Measures the connections to RabbitMQ. */
export function watchConnections(watch: Watch, meters: Meters): void {
  const states = meters.gauge('connection_state', 'Connection to RabbitMQ: 0 up, 1 trying, 2 down.')
  const blocked = meters.gauge(
    'connection_blocked',
    '1 while RabbitMQ takes no messages, for want of memory or disk.',
  )
  const reconnects = meters.counter('reconnects_total', 'Connections that were made after the first one.')
  const failures = meters.counter('connection_failures_total', 'Connections that failed or ended.')
  const channels = meters.counter(
    'channel_failures_total',
    'Channels that ended while their connection went on.',
  )
  const known = new Set<string>()

  watch.event('stock-bot.connection', told => {
    const event = told as ConnectionEvent
    const { connection } = event
    switch (event.type) {
      case 'state':
        states.set({ connection }, STATES[event.state])
        if (event.state !== 'closed') blocked.set({ connection }, 0)
        else if (known.has(connection)) reconnects.add({ connection })
        else {
          known.add(connection)
          // There from the start: what is missing cannot be alarmed on.
          reconnects.add({ connection }, 0)
        }
        return
      case 'down':
        failures.add({ connection })
        return
      case 'blocked':
        blocked.set({ connection }, event.reason === undefined ? 0 : 1)
        return
      case 'channel-lost':
        channels.add({ connection })
    }
  })
}
