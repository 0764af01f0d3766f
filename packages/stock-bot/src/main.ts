#!/usr/bin/env node
/** The `stock-bot` binary: `stock-bot --amqp amqp://127.0.0.1`. Importing it runs it. */
import { readFileSync } from 'node:fs'
import { CommanderError } from 'commander'
import { createLog } from './service/log.ts'
import { readOptions, type ServiceOptions } from './service/options.ts'

const write = (line: string): void => {
  process.stderr.write(line)
}

async function main(options: ServiceOptions): Promise<number> {
  const log = createLog(options.log, write)
  const stop = new AbortController()
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)
    process.on(signal, () => {
      if (stop.signal.aborted) process.exit(code)
      log({ level: 'info', event: 'stopping', text: `stock-bot stopping: ${signal}` })
      stop.abort()
    })
  try {
    // Only now: --help needs neither RabbitMQ's client nor the time to load it.
    const { serve } = await import('./service/serve.ts')
    const report = await serve(options, log, stop.signal)
    const { completed, requeued, aborted } = report
    log({
      level: 'info',
      event: 'stopped',
      text: `stock-bot stopped: ${completed} completed, ${requeued} requeued, ${aborted} aborted`,
      fields: { ...report },
    })
    return 0
  } catch (error) {
    const text = isMissing(error, 'amqplib')
      ? 'stock-bot needs the package amqplib: npm install amqplib'
      : `stock-bot failed: ${error instanceof Error ? error.message : String(error)}`
    log({ level: 'error', event: 'failed', text })
    return 1
  }
}

const isMissing = (error: unknown, name: string): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes(`'${name}'`)

function version(): string {
  // `src` and `dist` have the same neighbour.
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return String((JSON.parse(text) as { version: unknown }).version)
}

let options: ServiceOptions
try {
  options = readOptions(process.argv, version())
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  // commander has said what is wrong; its own exit code for that is 1.
  process.exit(error.exitCode === 0 ? 0 : 2)
}
process.exit(await main(options))
