import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'tsup'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Tmux, tmux } from '../../../../.config/services/tmux.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))
const outDir = `${root}.cache/tui-${process.pid}`

describe('in a real terminal', () => {
  let terminal: Tmux

  beforeAll(async () => {
    terminal = await tmux()
    // A server without sessions ends, and one that is ending refuses the next session.
    await terminal.run('new-session', '-d', '-s', 'keep', 'sleep 600')
    const entry = fileURLToPath(new URL('support/play.tsx', import.meta.url))
    // Node runs TypeScript but no JSX.
    await build({
      entry: [entry],
      outDir,
      format: 'esm',
      target: 'node22',
      skipNodeModulesBundle: true,
      silent: true,
      config: false,
    })
  }, 60_000)

  afterAll(async () => {
    await terminal.stop()
    rmSync(outDir, { recursive: true, force: true })
  })

  afterEach(async () => {
    await terminal.run('kill-session', '-t', 'chat')
  })

  const screen = async (): Promise<string> => terminal.run('capture-pane', '-p', '-t', 'chat')
  const shows = async (text: string | RegExp): Promise<string> =>
    vi.waitFor(
      async () => {
        const seen = await screen()
        expect(seen).toMatch(text)
        return seen
      },
      { timeout: 15_000, interval: 50 },
    )
  const keys = async (...names: string[]): Promise<void> => {
    await terminal.run('send-keys', '-t', 'chat', ...names)
  }
  /** Starts the client in a shell that tells how it ended and in what state it found the terminal. */
  const start = async (columns: number, rows: number): Promise<void> => {
    const client = `${process.execPath} --conditions=@hubbub/source ${outDir}/play.js`
    const shell = `echo before; sh -c 'echo $$ >${outDir}/pid; exec ${client}'; echo code=$?; stty -a | grep -o -e '-*icanon'; sleep 600`
    const size = ['-x', String(columns), '-y', String(rows)]
    await terminal.run('new-session', '-d', '-s', 'chat', ...size, shell)
    await shows('AAPL.US quote')
  }
  const modes = async (): Promise<string> =>
    terminal.run('display', '-p', '-t', 'chat', '#{alternate_on} #{cursor_flag} #{wrap_flag}')

  it('chats, and gives the terminal back', async () => {
    await start(80, 20)
    await keys('hello there', 'Enter')
    const seen = await shows(/ann │ hello there +✓/)
    expect(seen).toContain('◆ quotes ┃ AAPL.US quote is $93.42 per share')
    expect(seen).toContain('mallory␛[31m │ hi ␛]0;pwned␇')
    await keys('/stock=x', 'Enter')
    await shows(/ann › \/stock=x +only you see this ✓\n.*◆ quotes ┃ no such symbol: stock=x/)
    await keys('a bad word', 'Enter')
    await shows('✗ Not sent: that word is not allowed here')
    await keys('C-c')
    const after = await shows(/code=0\nicanon/)
    expect(after.startsWith('before\n')).toBe(true)
    await expect(modes()).resolves.toBe('0 1 1\n')
  })

  it('fills the window again after it was resized', async () => {
    await start(110, 30)
    await shows('│ ● ann (you)')
    await terminal.run('resize-window', '-t', 'chat', '-x', '62', '-y', '16')
    const seen = await shows(/^ 1 general +127\.0\.0\.1:4480\n(.*\n){13}›\n Enter send/)
    expect(seen).not.toContain('(you)')
    expect(seen).toContain('AAPL.US quote is $93.42 per share')
  })

  it('leaves the terminal usable when it is killed by a signal', async () => {
    await start(80, 20)
    process.kill(Number(readFileSync(`${outDir}/pid`, 'utf8')), 'SIGTERM')
    await shows(/code=143\nicanon/)
    await expect(modes()).resolves.toBe('0 1 1\n')
  })
})
