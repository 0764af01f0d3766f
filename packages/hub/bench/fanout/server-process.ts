/**
 * One server in a process of its own: `node server-process.ts <system> <port> [deflate]`, asked over the parent's
 * channel.
 */
import type { System } from './dialects.ts'
import { serveFloor } from './servers/floor.ts'
import { serveHub } from './servers/hub.ts'
import { serveSocketIo } from './servers/socket-io.ts'
import { serveWs } from './servers/ws.ts'

/** What a server has used so far, from the operating system. */
export interface Usage {
  /** User and system time of all threads, in microseconds. */
  readonly cpuUs: number
  readonly rssMb: number
  /** The most that `rssMb` has been. */
  readonly peakMb: number
}

const serve: Readonly<Record<System, (port: number, deflate: boolean) => Promise<void>>> = {
  floor: serveFloor,
  hub: serveHub,
  ws: serveWs,
  'socket.io': serveSocketIo,
}

const [, , system, port, deflate] = process.argv
process.on('message', () => {
  const { user, system: kernel } = process.cpuUsage()
  const usage: Usage = {
    cpuUs: user + kernel,
    rssMb: process.memoryUsage.rss() / 1024 / 1024,
    peakMb: process.resourceUsage().maxRSS / 1024,
  }
  process.send?.(usage)
})
// The parent is gone: so is everybody who could stop this one.
process.once('disconnect', () => process.exit())
await serve[system as System](Number(port), deflate !== undefined)
process.send?.('ready')
