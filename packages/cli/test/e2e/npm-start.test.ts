/** What a newcomer does: `npm start` in a real terminal. */
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { freePort } from '../../../../.config/services/ports.ts'
import { type Tmux, tmux } from '../../../../.config/services/tmux.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))

let terminal: Tmux

beforeAll(async () => {
  terminal = await tmux()
  // A server without sessions ends, and one that is ending refuses the next session.
  await terminal.run('new-session', '-d', '-s', 'keep', 'sleep 600')
}, 60_000)

afterAll(async () => {
  await terminal.stop()
})

/** A window in which a shell runs the command and then says how it ended. */
async function open(name: string, command: string) {
  const shell = `cd ${ROOT} && ${command}; echo code=$?; stty -a | grep -o -e '-*icanon'; sleep 600`
  await terminal.run('new-session', '-d', '-s', name, '-x', '90', '-y', '24', shell)
  return {
    shows: (text: string | RegExp) =>
      vi.waitFor(
        async () => {
          const screen = await terminal.run('capture-pane', '-p', '-t', name)
          expect(screen).toMatch(text)
          return screen
        },
        { timeout: 30_000, interval: 100 },
      ),
    keys: (...keys: string[]) => terminal.run('send-keys', '-t', name, ...keys),
  }
}

it('is a chat: two terminals talk, the bot answers in the room, Ctrl+C gives the terminal back', async () => {
  const [port = 0] = await freePort(1)
  const start = `npm start -- --port ${port} --quotes sample`
  const first = await open('first', `${start} --name ann`)
  await first.shows('online as ann')
  await first.keys('hello everybody', 'Enter')
  await first.shows(/ann │ hello everybody +✓/)
  await first.keys('/stock=AAPL.US', 'Enter')
  await first.shows(/stock-bot ┃ AAPL\.US quote is \$\d+\.\d\d per share \(sample data\)/)

  // Where a hub answers on that port already, the second one joins it.
  const second = await open('second', `${start} --name bob`)
  await second.shows(/2 here[\s\S]*online as bob/)
  const history = await second.shows('AAPL.US quote')
  expect(history).toContain('hello everybody')
  expect(history).not.toContain('/stock=')
  await second.keys('hi ann', 'Enter')
  await first.shows(/bob . hi ann/)

  for (const window of [second, first]) {
    await window.keys('C-c')
    await window.shows(/code=0\s+icanon/)
  }
}, 120_000)
