import { once } from 'node:events'
import { Command } from 'commander'
import { expect, it } from 'vitest'
import { addServerFlags, type ServerFlags, serverOptions } from '../../src/serve/flags.ts'
import { startChat } from '../../src/serve/start-chat.ts'

it.each([
  [['--compress'], 'permessage-deflate; server_no_context_takeover; client_no_context_takeover'],
  [[], ''],
])('with the flags %j the server agrees with a client on "%s"', async (flags, extensions) => {
  const command = addServerFlags(new Command(), 'sample').parse(['--port', '0', ...flags], { from: 'user' })
  const server = await startChat(serverOptions(command.opts<ServerFlags>()), () => {})
  const client = new WebSocket(server.url)
  await once(client, 'open')
  expect(client.extensions).toBe(extensions)
  client.close()
  await server.close()
})
