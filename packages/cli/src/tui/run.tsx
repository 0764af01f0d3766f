/** The full-screen client: puts a session, a screen and a keyboard together. */
import { type Clock, systemClock } from '@hubbub/hub'
import type { Client } from '@hubbub/hub/client'
import type { InputEvent } from '../terminal/decode.ts'
import { readInput, type TerminalInput } from '../terminal/stdin.ts'
import { Controls } from './controls.ts'
import { frameOf } from './frame.ts'
import type { TerminalOutput } from './output.ts'
import { openScreen, type Screen } from './screen.tsx'
import { ChatSession } from './session.ts'
import { createTheme, wantsColour } from './theme.ts'

/** What the full-screen client needs. */
export interface TuiOptions {
  /** Made and closed by the caller. */
  readonly client: Client
  /** The first room. */
  readonly room: string
  /** Shown in the corner: where this is. */
  readonly address: string
  /** A terminal: `isTTY` and raw mode. */
  readonly stdin: TerminalInput
  /** A terminal: `isTTY`, `columns` and `rows`. */
  readonly stdout: TerminalOutput
  /** Aborting ends the client and restores the terminal. */
  readonly signal: AbortSignal
  /** A line of the client's own in the transcript, before anything else. */
  readonly notice?: string
  /** @default NO_COLOR and TERM decide */
  readonly colour?: boolean
  /** IANA time zone of the times on the screen. @default the machine's */
  readonly timeZone?: string
  /** @default the machine's clock */
  readonly clock?: Clock
}

/**
 * Runs the client until the user quits, the terminal goes away or `signal` is aborted. Resolves with the exit
 * code 0 when the terminal is restored; rejects with what broke the screen, the terminal restored as well.
 *
 * @throws TypeError where stdin or stdout is no terminal
 */
export async function runTui({
  client,
  room,
  address,
  stdin,
  stdout,
  signal,
  notice,
  colour = wantsColour(process.env),
  timeZone,
  clock = systemClock,
}: TuiOptions): Promise<number> {
  if (!stdin.isTTY || !stdout.isTTY)
    throw new TypeError('the full-screen client needs a terminal: stdin and stdout must both be one')
  if (signal.aborted) return 0
  const theme = createTheme({ colour })
  const { promise: quitted, resolve: quit } = Promise.withResolvers<void>()
  let screen: Screen | undefined
  const session = new ChatSession({
    client,
    room,
    address,
    clock,
    notice,
    timeZone,
    onChange: () => screen?.changed('soon'),
  })
  const controls = new Controls(session, { onQuit: quit, onRedraw: () => screen?.redraw() })
  const onEvent = (event: InputEvent): void => {
    controls.handle(event)
    screen?.changed('now')
  }
  let stopReading = (): void => {}
  const onAbort = (): void => quit()
  signal.addEventListener('abort', onAbort)
  try {
    screen = openScreen({
      stdout,
      clock,
      draw: size => frameOf(session, { ...size, theme }),
      // Not left to the end of this function: a signal ends the process before that.
      onLeave: () => stopReading(),
    })
    stopReading = readInput({ stdin, clock, onEvent, onEnd: quit })
    await Promise.race([quitted, screen.ended])
    return 0
  } finally {
    signal.removeEventListener('abort', onAbort)
    stopReading()
    session.close()
    await screen?.close()
  }
}
