/** Reads a terminal's input: raw mode and bracketed paste on, decoded events out, all of it undone at the end. */
import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '@hubbub/hub'
import { InputDecoder, type InputEvent } from './decode.ts'

/** How long an Escape may be the beginning of a longer sequence. */
const ESCAPE_MS = 50
/** How long a paste may pause before it counts as ended: without it a lost end marker would eat Ctrl+C. */
const PASTE_MS = 2_000

/** The part of `process.stdin` that is used. */
export interface TerminalInput {
  readonly isTTY?: boolean
  setRawMode?(raw: boolean): unknown
  on(event: 'data', listener: (read: Buffer | string) => void): unknown
  on(event: 'end' | 'close', listener: () => void): unknown
  off(event: 'data', listener: (read: Buffer | string) => void): unknown
  off(event: 'end' | 'close', listener: () => void): unknown
  resume(): unknown
  pause(): unknown
}

/** What `readInput` needs. */
export interface ReadInputOptions {
  readonly stdin: TerminalInput
  readonly clock: Clock
  /** One act of the user. */
  readonly onEvent: (event: InputEvent) => void
  /** The terminal is gone: it hung up, or a pipe ended. */
  readonly onEnd: () => void
}

/**
 * Reads `stdin` until the returned function is called, which turns raw mode off and leaves no listener and no
 * timer. Idempotent.
 */
export function readInput({ stdin, clock, onEvent, onEnd }: ReadInputOptions): () => void {
  const decoder = new InputDecoder()
  const utf8 = new StringDecoder('utf8')
  let cancel = (): void => {}
  let reading = true

  const emit = (events: readonly InputEvent[]): void => {
    // A handler may stop the reading: what came behind it in the same read was meant for the next program.
    for (const event of events) if (reading) onEvent(event)
  }
  const onData = (read: Buffer | string): void => {
    cancel()
    emit(decoder.push(typeof read === 'string' ? read : utf8.write(read)))
    if (!reading || decoder.waiting === 'nothing') return
    cancel = clock.setTimer(() => emit(decoder.flush()), decoder.waiting === 'paste' ? PASTE_MS : ESCAPE_MS)
  }

  if (stdin.isTTY) stdin.setRawMode?.(true)
  stdin.on('data', onData)
  stdin.on('end', onEnd)
  stdin.on('close', onEnd)
  stdin.resume()
  return () => {
    if (!reading) return
    reading = false
    cancel()
    stdin.off('data', onData)
    stdin.off('end', onEnd)
    stdin.off('close', onEnd)
    stdin.pause()
    if (stdin.isTTY) stdin.setRawMode?.(false)
  }
}
