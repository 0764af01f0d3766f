import { once } from 'node:events'
import { WebSocketServer } from 'ws'
import { like } from '../message.ts'

/**
 * The loop that everybody writes first: what one client says goes to all. With `deflate` it sends the bytes that
 * the hub's messages have, so that what compressing saves can be compared.
 */
export async function serveWs(port: number, deflate: boolean): Promise<void> {
  const perMessageDeflate = deflate && { threshold: 0, serverNoContextTakeover: true }
  const server = new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate })
  let seq = 0
  server.on('connection', socket => {
    socket.on('error', () => {})
    socket.on('message', received => {
      seq += 1
      const data = deflate ? Buffer.from(like(seq, (received as Buffer).toString())) : received
      for (const client of server.clients)
        if (client.readyState === client.OPEN) client.send(data, { binary: false })
    })
  })
  await once(server, 'listening')
}
