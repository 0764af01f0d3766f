#!/usr/bin/env node
/** The `stock-bot` binary: `stock-bot --amqp amqp://127.0.0.1`. Importing it runs it. */
import { readFileSync } from 'node:fs'
import { createLog } from './service/log.ts'
import { isUsageError, readTask, type ServiceOptions, type Task } from './service/options.ts'

const write = (line: string): void => {
  process.stderr.write(line)
}
const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Resolves with the exit code. Each task is loaded only when it is to be done: --help needs no RabbitMQ client. */
async function run(task: Task): Promise<number> {
  if (task.kind === 'serve') return serveUntilStopped(task.options)
  if (task.kind === 'doctor') {
    const { doctor } = await import('./service/doctor/doctor.ts')
    return doctor(task.options, print)
  }
  const { deadLetters } = await import('./service/dead-letters.ts')
  return deadLetters(task.options, print, write)
}

async function serveUntilStopped(options: ServiceOptions): Promise<number> {
  const log = await createLog(options.log, write)
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

let task: Task
try {
  task = readTask(process.argv, version())
} catch (error) {
  if (!isUsageError(error)) throw error
  // commander has said what is wrong; its own exit code for that is 1.
  process.exit(error.exitCode === 0 ? 0 : 2)
}
// `| head` has seen enough.
process.stdout.on('error', () => {
  process.exit(0)
})
const code = await run(task)
// What was printed is on its way only, where standard output is a pipe.
await new Promise(resolve => {
  process.stdout.write('', resolve)
})
process.exit(code)
