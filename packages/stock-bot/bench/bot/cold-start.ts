import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Processes whose start is measured, until they say that they are ready. */
export const STARTS = ['stock-bot', 'import', 'handshake'] as const

const bot = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** What `import` and `handshake` run: stays, so that its CPU time can be read. */
const bare = {
  import: "await import('amqplib'); console.log('ready'); setInterval(() => {}, 1000)",
  handshake:
    "const { connect } = await import('amqplib'); await connect(process.env.AMQP_URL, { noDelay: true }); console.log('ready'); setInterval(() => {}, 1000)",
}

/** Milliseconds of CPU from the start of a process until it is ready: of all its threads. */
export async function coldStartMs(
  start: string,
  amqp: string,
  flags: readonly string[] = [],
): Promise<number> {
  if (!existsSync(bot)) throw new Error(`the binary is not built: npm run build -w packages/stock-bot`)
  const args =
    start === 'stock-bot'
      ? [...flags, bot, '--quotes', 'sample']
      : [...flags, '--input-type=module', '-e', bare[start === 'import' ? 'import' : 'handshake']]
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, AMQP_URL: amqp },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  try {
    await ready(child)
    return cpuMs(child.pid ?? 0)
  } finally {
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }
}

async function ready(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('ready')) resolve()
    })
  child.once('exit', () => {
    reject(new Error(`it ended before it was ready: ${said}`))
  })
  const timer = setTimeout(() => {
    reject(new Error(`it was not ready within 30 s: ${said}`))
  }, 30_000)
  try {
    await promise
  } finally {
    clearTimeout(timer)
  }
}

/** Linux counts nanoseconds on the CPU for each thread: proc(5), schedstat. */
function cpuMs(pid: number): number {
  const tasks = `/proc/${pid}/task`
  if (!existsSync(tasks)) throw new Error('cold-start needs Linux: it reads /proc')
  const times = readdirSync(tasks).map(thread =>
    Number(readFileSync(`${tasks}/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return times.reduce((sum, ns) => sum + ns, 0) / 1e6
}
