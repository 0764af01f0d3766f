import { systemClock } from '@hubbub/hub'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { InputEvent } from '../../src/terminal/decode.ts'
import { readInput } from '../../src/terminal/stdin.ts'
import { TestKeyboard } from '../tui/support/keyboard.ts'

describe('reading a keyboard', () => {
  let keyboard: TestKeyboard
  let events: InputEvent[]
  let ended: number
  let stop: () => void

  beforeEach(() => {
    vi.useFakeTimers()
    keyboard = new TestKeyboard()
    events = []
    ended = 0
    stop = readInput({
      stdin: keyboard,
      clock: systemClock,
      onEvent: event => events.push(event),
      onEnd: () => {
        ended += 1
      },
    })
  })

  afterEach(() => {
    stop()
    vi.useRealTimers()
  })

  it('turns raw mode on, and off again with every listener and timer', () => {
    expect(keyboard.raw).toBe(true)
    keyboard.type('\x1b')
    stop()
    stop()
    expect(keyboard.raw).toBe(false)
    expect(keyboard.flowing).toBe(false)
    expect(keyboard.eventNames()).toEqual([])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('puts characters together whose bytes come in two reads', () => {
    const bytes = Buffer.from('東')
    keyboard.emit('data', bytes.subarray(0, 1))
    keyboard.emit('data', bytes.subarray(1))
    expect(events).toEqual([{ kind: 'text', text: '東' }])
  })

  it('waits a moment before it believes in Escape', () => {
    keyboard.type('\x1b')
    vi.advanceTimersByTime(49)
    expect(events).toEqual([])
    vi.advanceTimersByTime(1)
    expect(events).toEqual([{ kind: 'key', key: 'escape' }])
  })

  it('reads an arrow whose bytes come apart', () => {
    keyboard.type('\x1b')
    vi.advanceTimersByTime(20)
    keyboard.type('[A')
    vi.advanceTimersByTime(100)
    expect(events).toEqual([{ kind: 'key', key: 'up' }])
  })

  it('gives Ctrl+C back two seconds after a paste has stopped', () => {
    keyboard.type('\x1b[200~stuck')
    keyboard.type('\x03')
    vi.advanceTimersByTime(2_000)
    keyboard.type('\x03')
    expect(events).toEqual([
      { kind: 'paste', text: 'stuck\x03' },
      { kind: 'key', key: 'ctrl+c' },
    ])
  })

  it('hands over nothing after it was stopped, even of the same read', () => {
    stop()
    stop = readInput({
      stdin: keyboard,
      clock: systemClock,
      onEvent(event) {
        events.push(event)
        stop()
      },
      onEnd: () => {},
    })
    keyboard.type('a\x03b')
    expect(events).toEqual([{ kind: 'text', text: 'a' }])
  })

  it('tells that the terminal is gone', () => {
    keyboard.emit('end')
    expect(ended).toBe(1)
  })
})
