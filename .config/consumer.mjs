/**
 * Uses the packages as an outsider would: packs the four tarballs, installs them into an empty folder, type-checks
 * a program against their declarations, runs each, and runs the examples of the page on testing as they stand there,
 * the conformance suites among them. Expects `npm run build` to have run.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'hubbub-consumer-'))
const npm = process.env.npm_execpath ?? 'npm'

function run(command, args, options = {}) {
  const [program, first] = /\.[cm]?js$/.test(command) ? [process.execPath, [command]] : [command, []]
  const { status, error, stdout, stderr } = spawnSync(program, [...first, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
    ...options,
  })
  if (error) throw error
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} exited with ${status}\n${stdout}\n${stderr}`)
  return stdout
}

function expect(what, output, pattern) {
  if (!pattern.test(output)) throw new Error(`${what}: expected ${pattern}, got\n${output}`)
  console.log(`consumer: ${what}`)
}

/** Starts a bot without a broker, and resolves with its metrics. */
async function metricsOf(program) {
  const nowhere = 'amqp://127.0.0.1:1'
  const bot = spawn(program, ['--amqp', nowhere, '--http', '0', '--log', 'json'], { cwd: folder })
  try {
    let log = ''
    const url = await new Promise((resolve, reject) => {
      bot.once('error', reject).once('close', () => reject(new Error(`stock-bot ended: ${log}`)))
      bot.stderr.setEncoding('utf8').on('data', text => {
        log += text
        const line = log.split('\n').find(each => each.includes('"event":"http"') && each.endsWith('}'))
        if (line) resolve(JSON.parse(line).url)
      })
    })
    return await (await fetch(`${url}/metrics`)).text()
  } finally {
    bot.kill('SIGKILL')
  }
}

const pack = path =>
  run(npm, ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, join(root, path)])
const tarball = name => readdirSync(folder).find(file => file.startsWith(`${name}-`) && file.endsWith('.tgz'))
const install = (...names) =>
  run(npm, [
    'install',
    '--no-save',
    '--loglevel=error',
    '--prefer-offline',
    ...names.map(name => `./${tarball(name)}`),
  ])
const script = (name, text) => {
  writeFileSync(join(folder, name), text)
  return run(process.execPath, [name])
}

try {
  for (const name of ['hub', 'ratelimit', 'stock-bot', 'cli']) pack(`packages/${name}`)
  // What the explorer needs comes from here, too, so that this asks nobody for more than before.
  for (const name of ['fast-check', 'pure-rand']) pack(`node_modules/${name}`)
  mkdirSync(join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')

  install('hubbub-hub', 'hubbub-ratelimit')
  expect(
    'hub and its client work with nothing else installed',
    script(
      'hub.js',
      `import { createHub } from '@hubbub/hub'
import { createClient } from '@hubbub/hub/client'
import { memoryTransport } from '@hubbub/hub/memory'
const hub = createHub()
const client = createClient({ url: 'memory:', name: 'Ann', connect: memoryTransport(hub) })
const room = client.join('general')
const seen = new Promise(resolve => room.on('delivery', resolve))
await room.publish('hello')
console.log(JSON.stringify(await seen))
await client.close()
await hub.close()
`,
    ),
    /"kind":"message".*"text":"hello"/,
  )
  expect(
    'ratelimit decides',
    script(
      'limit.js',
      `import { createLimiter } from '@hubbub/ratelimit'
const limiter = createLimiter({ requestsPerSecond: 1, burst: 2 })
console.log([1, 2, 3].map(() => limiter.allow('key')).join())
limiter.stop()
`,
    ),
    /true,true,false/,
  )
  expect(
    'a CommonJS program can require them',
    (() => {
      writeFileSync(
        join(folder, 'old.cjs'),
        "console.log(typeof require('@hubbub/hub').createHub, typeof require('@hubbub/ratelimit').createLimiter)",
      )
      return run(process.execPath, ['old.cjs'])
    })(),
    /function function/,
  )

  install('hubbub-hub', 'hubbub-ratelimit', 'hubbub-stock-bot', 'hubbub-cli', 'fast-check', 'pure-rand')
  expect(
    'stock-bot answers without a broker',
    script(
      'bot.js',
      `import { createBot, memoryBroker, sampleQuotes, stockCommand } from '@hubbub/stock-bot'
const bot = createBot({ broker: memoryBroker(), commands: [stockCommand({ source: sampleQuotes() })] })
console.log(await bot.inject('/stock=aapl.us'))
await bot.stop()
`,
    ),
    /AAPL\.US quote is \$\d+\.\d\d per share \(sample data\)/,
  )
  const bin = name => join(folder, 'node_modules', '.bin', name)
  expect('stock-bot has its binary', run(bin('stock-bot'), ['--version']), /^\d+\.\d+\.\d+/)
  expect(
    'stock-bot has a doctor',
    spawnSync(bin('stock-bot'), ['doctor', '--quotes', 'sample'], { encoding: 'utf8', timeout: 60_000 })
      .stdout,
    /problem {2}RabbitMQ: no address of it is given[\s\S]*note {5}source sample/,
  )
  expect(
    'stock-bot logs and measures with nothing else installed',
    await metricsOf(bin('stock-bot')),
    /^stock_bot_in_flight 0$/m,
  )
  expect(
    'chat-cli chats',
    run(bin('chat-cli'), ['demo', '--port', '0', '--quotes', 'sample', '--name', 'Ann'], {
      input: 'hello\n/stock=AAPL.US\n',
    }),
    /hello[\s\S]*AAPL\.US quote is \$\d+\.\d\d per share/,
  )

  // As they stand in the installed package. Those that use the runner of Node are suites.
  const page = readFileSync(join(folder, 'node_modules/@hubbub/hub/TESTING.md'), 'utf8')
  const examples = Array.from(page.matchAll(/```ts\n(.*?)```/gs), ([, text]) => text)
  const subjects = []
  for (const [index, text] of examples.entries()) {
    const [, heading] = page.slice(0, page.indexOf(text)).match(/.*^## ([^\n]+)/ms)
    const name = `example-${index + 1}.ts`
    writeFileSync(join(folder, name), text)
    if (text.includes("from 'node:test'")) {
      const output = run(process.execPath, ['--test', '--test-reporter=tap', name])
      const names = Array.from(text.matchAll(/\{ describe, it \},\s*'(\w+)'/g), ([, subject]) => subject)
      const [, count] = /^# pass (\d+)/m.exec(output) ?? []
      const what = `${heading}: ${count} cases pass against ${names.join(' and ')}`
      expect(what, output, /^# pass [1-9]\d+\n# fail 0$/m)
      subjects.push(...names)
    } else {
      run(process.execPath, [name])
      console.log(`consumer: ${heading}: the example runs`)
    }
  }
  expect('no suite of the page on testing is missing', subjects.join(), /^memory,sqlite,ws,memory$/)

  writeFileSync(
    join(folder, 'types.ts'),
    `import { createHub, type MessageLog } from '@hubbub/hub'
import { createClient, type Delivery } from '@hubbub/hub/client'
import { listen } from '@hubbub/hub/ws'
import { memoryTransport } from '@hubbub/hub/memory'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { VirtualClock } from '@hubbub/hub/testing'
import { createLimiter } from '@hubbub/ratelimit'
import { commands, createBot, defineCommand, memoryBroker } from '@hubbub/stock-bot'
import { amqpBroker } from '@hubbub/stock-bot/amqp'
import { prometheus } from '@hubbub/stock-bot/prometheus'
const hub = createHub({ clock: new VirtualClock() })
hub.use(commands({ broker: memoryBroker() }))
const log: MessageLog = hub.log
const client = createClient({ url: 'ws://x', connect: memoryTransport(hub) })
client.join('general').on('delivery', (delivery: Delivery) => {
  if (delivery.kind === 'message') console.log(delivery.message.text.length, log.id)
})
// @ts-expect-error a limit that is not one
createHub({ limits: { nope: 1 } })
export { sqliteLog, amqpBroker, createBot, createLimiter, defineCommand, listen, prometheus }
`,
  )
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: 'nodenext',
        target: 'es2024',
        lib: ['es2024', 'esnext.disposable', 'dom'],
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
        paths: { ws: [join(root, 'node_modules/@types/ws/index.d.mts')] },
        skipLibCheck: false,
      },
      files: ['types.ts', ...examples.map((_, index) => `example-${index + 1}.ts`)],
    }),
  )
  run(join(root, 'node_modules/.bin/tsc'), ['-p', folder])
  console.log('consumer: the declarations type-check')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
