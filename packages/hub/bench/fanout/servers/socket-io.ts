import { once } from 'node:events'
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { ROOM } from '../dialects.ts'

/** socket.io with its defaults: one room, and what one client says goes to all in it. */
export async function serveSocketIo(port: number): Promise<void> {
  const server = createServer()
  const io = new Server(server, { transports: ['websocket'], serveClient: false })
  io.on('connection', socket => {
    void socket.join(ROOM)
    socket.on('publish', (text: string) => {
      io.to(ROOM).emit('message', text)
    })
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
}
