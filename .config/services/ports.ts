import { connect, createServer } from 'node:net'

/**
 * Free TCP ports on loopback. They lie below 32768, where the kernel takes no port for outgoing connections:
 * else a client that tries to reconnect to a killed service may connect to itself and keep its port taken.
 */
export async function freePort(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (await canListen(port)) ports.add(port)
  }
  return [...ports]
}

function canListen(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}

/** Resolves when something accepts connections there; rejects after `timeoutMs`. */
export function portOpen(port: number, timeoutMs: number): Promise<void> {
  return until(port, true, timeoutMs)
}

/** Resolves when nothing accepts connections there any more; rejects after `timeoutMs`. */
export function portClosed(port: number, timeoutMs: number): Promise<void> {
  return until(port, false, timeoutMs)
}

async function until(port: number, open: boolean, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs
  while ((await accepts(port)) !== open) {
    if (performance.now() > end) {
      throw new Error(`port ${port} was still ${open ? 'closed' : 'open'} after ${timeoutMs} ms`)
    }
    await new Promise(resolve => {
      setTimeout(resolve, 50)
    })
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const settle = (accepted: boolean) => {
      socket.destroy()
      resolve(accepted)
    }
    socket.once('connect', () => {
      settle(true)
    })
    socket.once('error', () => {
      settle(false)
    })
  })
}
