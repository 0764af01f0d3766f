import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { runTui } from '../../src/tui/run.tsx'
import { TestKeyboard } from './support/keyboard.ts'
import { Harness, useVirtualTime } from './support/harness.tsx'

describe('the end', () => {
  let tui: Harness

  beforeEach(async () => {
    useVirtualTime()
    tui = new Harness()
    await tui.join()
  })

  afterEach(async () => {
    await tui.close()
    vi.useRealTimers()
  })

  /** The exit code, when the terminal is as it was and nothing is left behind. */
  const ended = async (): Promise<number> => {
    await tui.flush()
    const code = await tui.exit
    await tui.flush()
    const { terminal } = tui.screen
    expect(terminal.buffer.active.type).toBe('normal')
    expect(terminal.modes.bracketedPasteMode).toBe(false)
    expect(terminal.modes.wraparoundMode).toBe(true)
    expect(tui.screen.written.lastIndexOf('\x1b[?25h')).toBeGreaterThan(
      tui.screen.written.lastIndexOf('\x1b[?25l'),
    )
    expect(tui.keyboard.raw).toBe(false)
    expect(tui.keyboard.eventNames()).toEqual([])
    expect(tui.screen.eventNames()).toEqual([])
    expect(Object.values(tui.client.handlers).map(each => each.size)).toEqual([0, 0])
    expect(Object.values(tui.room.handlers).map(each => each.size)).toEqual([0, 0, 0, 0, 0])
    expect(vi.getTimerCount()).toBe(0)
    return code
  }

  it('comes with Ctrl+C on an empty line; before that it clears the line', async () => {
    await tui.press('half a thought')
    expect(tui.screen.lines().at(-1)).toContain('Ctrl+C clear')
    await tui.press('\x03')
    expect(tui.screen.lines().at(-2)).toBe('›')
    expect(tui.screen.lines().at(-1)).toContain('Ctrl+C quit')
    await tui.press('\x03')
    await expect(ended()).resolves.toBe(0)
  })

  it('comes with Ctrl+D on an empty line', async () => {
    await tui.press('a\x01\x04')
    expect(tui.screen.lines().at(-2)).toBe('›')
    await tui.press('\x04')
    await expect(ended()).resolves.toBe(0)
  })

  it('comes when the signal is aborted', async () => {
    tui.abort()
    await expect(ended()).resolves.toBe(0)
  })

  it('comes when the terminal hangs up', async () => {
    tui.keyboard.emit('close')
    await expect(ended()).resolves.toBe(0)
  })

  it('leaves the client to its owner', async () => {
    tui.abort()
    await ended()
    expect(tui.client.closed).toBe(0)
    expect(tui.room.leaves).toBe(0)
  })

  it('stops timers that run, with publishes and pages on their way', async () => {
    tui.client.set({ status: 'waiting', attempt: 1, retryInMs: 60_000, reason: 'lost' })
    tui.room.emit('typing', { id: 'guest:bob', name: 'bob' })
    await tui.press('unsent\r')
    await tui.press('\x18')
    tui.abort()
    await expect(ended()).resolves.toBe(0)
    tui.room.published[0]?.reject(new Error('closed'))
    await tui.flush()
  })

  it('is a clear error where there is no terminal', async () => {
    const { client, screen } = tui
    const stdin = Object.assign(new TestKeyboard(), { isTTY: false })
    const { signal } = new AbortController()
    const run = runTui({ client, room: 'other', address: 'here', stdin, stdout: screen, signal })
    await expect(run).rejects.toThrow('the full-screen client needs a terminal')
  })

  it('is at once where the signal is aborted before it began', async () => {
    const { client, keyboard, screen } = tui
    const code = runTui({
      client,
      room: 'other',
      address: 'here',
      stdin: keyboard,
      stdout: screen,
      signal: AbortSignal.abort(),
    })
    await expect(code).resolves.toBe(0)
    expect(client.opened.has('other')).toBe(false)
  })
})
