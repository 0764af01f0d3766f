import { pause, systemClock } from '@hubbub/hub/amqp'
import { describe, it } from 'vitest'
import { shared } from '../../../../.config/services/shared.ts'
import { through, wire } from '../../../../.config/services/wire.ts'
import { amqpBroker } from '../../src/broker/amqp.ts'
import { describeBroker } from '../../src/testing/index.ts'
import { deadLetters } from './dead-letters.ts'

const urls = await shared('rabbitmq')

async function harness() {
  const line = await wire(urls)
  const hub = amqpBroker({ urls, name: 'hub', closeTimeout: 500 })
  const bot = amqpBroker({ urls: through(urls, line), name: 'bot', closeTimeout: 500 })
  await Promise.all([hub.connected(), bot.connected()])
  return {
    hub,
    bot,
    now: Date.now,
    queueLimit: 10_000,
    // Another process has real time: this is how the suite lets it work before it looks again.
    passTime: (ms: number) => pause(systemClock, ms),
    deadLetters: (name: string) => deadLetters(urls, name),
    crash() {
      line.cut()
      return Promise.resolve()
    },
    async dispose() {
      await Promise.all([hub.close(), bot.close()])
      await line.stop()
    },
  }
}

describeBroker({ describe, it }, 'RabbitMQ', harness, { crash: true, full: true })
