import { createHub } from '@hubbub/hub'
import { listen } from '@hubbub/hub/ws'

/** The hub as anybody would start it: guests, presence, history, acks, deduplication, heartbeats. */
export async function serveHub(port: number, deflate: boolean): Promise<void> {
  await listen(createHub(), { port, compress: deflate })
}
