/** Says what becomes of the connection, line by line. */
import type { Client, Unsubscribe } from '@hubbub/hub/client'
import { type Io, say } from '../io.ts'
import { wordsOf } from '../net/failures.ts'
import { sanitizeLine } from '../terminal/sanitize.ts'

/** Narrates until the returned function is called. An outage is told once, however many attempts it takes. */
export function narrate(client: Client, io: Io): Unsubscribe {
  let lost = false
  const ends = [
    client.on('state', state => {
      if (state.status === 'waiting' && !lost) {
        lost = true
        say(io, `connection lost (${sanitizeLine(state.reason)}); trying to get it back`)
      } else if (state.status === 'online' && lost) {
        lost = false
        say(io, 'connected again')
      }
    }),
    client.on('error', error => {
      // A client that is closed for good is reported by whoever waits for it.
      if (client.state.status === 'online') say(io, `the server says: ${wordsOf(error)}`)
    }),
  ]
  return () => {
    for (const end of ends) end()
  }
}
