import { once } from 'node:events'
import { WebSocketServer } from 'ws'

/** The loop that everybody writes first: what one client says goes to all. */
export async function serveWs(port: number): Promise<void> {
  const server = new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate: false })
  server.on('connection', socket => {
    socket.on('error', () => {})
    socket.on('message', data => {
      for (const client of server.clients)
        if (client.readyState === client.OPEN) client.send(data, { binary: false })
    })
  })
  await once(server, 'listening')
}
