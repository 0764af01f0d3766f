/** The server that the drill kills: `server.ts PORT FILE`, or `memory` for FILE. Says `ready` once it listens. */
import { createHub, memoryLog, secret, systemClock } from '@hubbub/hub'
import { sqliteLog } from '@hubbub/hub/sqlite'
import { listen } from '@hubbub/hub/ws'

const [port, path = ''] = process.argv.slice(2)
const hub = createHub({
  log: path === 'memory' ? memoryLog({ clock: systemClock, secret }) : sqliteLog({ path }),
  onError: error => {
    console.error(error)
  },
})
await listen(hub, { port: Number(port) })
console.log('ready')
