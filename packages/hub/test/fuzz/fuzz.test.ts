/** The storm in short, and broken hubs that it has to find. `npm run fuzz` is the long form. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Hub } from '@hubbub/hub'
import { describe, expect, it } from 'vitest'
import { describeStorm } from './report.ts'
import { transports } from './scripts.ts'
import { storm } from './storm.ts'

const FRAMES = 2_000
const seed = Math.floor(Math.random() * 2 ** 31)

describe.each(transports)('%s', transport => {
  it('answers or closes whatever comes, throws nothing, keeps nothing', async () => {
    const report = await storm({ transport, frames: FRAMES, seed })
    console.log(describeStorm(report))
    expect(report.failures).toEqual([])
    expect(report.texts + report.bytes).toBeGreaterThanOrEqual(FRAMES)
    expect(report.answers).toBeGreaterThan(FRAMES / 10)
  })
})

it('sends the same for the same seed', async () => {
  const [first, second] = [
    await storm({ transport: 'stream', frames: 300, seed: 1 }),
    await storm({ transport: 'stream', frames: 300, seed: 1 }),
  ]
  const { texts, bytes, connections } = first
  expect(second).toMatchObject({ texts, bytes, connections })
  expect(bytes).toBeGreaterThan(0)
})

describe('finds a hub that', () => {
  const broken = async (tamper: (hub: Hub) => void, patienceMs = 10_000) => {
    const { failures } = await storm({ transport: 'memory', frames: 2_000, seed: 1, tamper, patienceMs })
    return failures.join('\n')
  }

  it('throws', async () => {
    const failures = await broken(hub =>
      hub.use(async ({ request }, next) => {
        if (request.type === 'publish' && request.text.includes('7')) throw new TypeError('seven')
        await next()
      }),
    )
    expect(failures).toContain('onError: TypeError: seven')
  })

  it('never answers', async () => {
    const failures = await broken(
      hub =>
        hub.use(async ({ request }, next) => {
          if (request.type === 'rooms') await Promise.withResolvers<void>().promise
          await next()
        }),
      1_000,
    )
    expect(failures).toContain('an answer or a close took longer than 1000 ms')
    expect(failures).toMatch(/begin there with --seed \d+/)
  })

  it('grows', async () => {
    const hoard: Buffer[] = []
    const failures = await broken(hub =>
      hub.use(async (_context, next) => {
        hoard.push(Buffer.alloc(100_000))
        await next()
      }),
    )
    expect(failures).toMatch(/^grew by \d+\.\d MB$/)
  })

  it('keeps sessions of those who are gone', async () => {
    const failures = await broken(hub => {
      const accept = hub.accept.bind(hub)
      hub.accept = connection => {
        accept(connection)
        connection.onClose = undefined
      }
    }, 1_000)
    expect(failures).toContain('the end of the session took longer')
  })

  it('loses a message on its way to somebody who behaves', async () => {
    const failures = await broken(hub => {
      const accept = hub.accept.bind(hub)
      hub.accept = connection => {
        const write = connection.write.bind(connection)
        // Whatever a frame of this transport is: its text is in it.
        const isNinth = (frame: unknown): boolean => JSON.stringify(frame).includes('\\"seq\\":9,')
        connection.write = frames => write(frames.filter(frame => !isNinth(frame)))
        accept(connection)
      }
    })
    expect(failures).toContain('the witness got 10 instead of 9')
  })

  it.each([
    ['crash', 'uncaught: Error: crash'],
    ['rejection', 'unhandled rejection: Error: rejection'],
  ])('ends a process: %s', (how, failure) => {
    // In a process of its own: this one is the test runner's.
    const twin = fileURLToPath(new URL('crash-twin.ts', import.meta.url))
    const { status, stdout } = spawnSync(process.execPath, ['--conditions=@hubbub/source', twin, how], {
      encoding: 'utf8',
    })
    expect(stdout).toContain(failure)
    expect(status).toBe(1)
  })
})
