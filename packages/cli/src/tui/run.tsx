/** The full-screen client: puts a session, a terminal and Ink together, and leaves the terminal as it was. */
import { PassThrough } from 'node:stream'
import type { Clock } from '@hubbub/hub'
import { systemClock } from '@hubbub/hub'
import type { Client } from '@hubbub/hub/client'
import { render } from 'ink'
import { ENTER, LEAVE } from '../terminal/restore.ts'
import { readInput, type TerminalInput } from '../terminal/stdin.ts'
import { frameOf } from './frame.ts'
import { Frames } from './frames.ts'
import { ChatSession } from './session.ts'
import { createTheme, wantsColour } from './theme.ts'
import { App } from './views/app.tsx'

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
  readonly stdout: NodeJS.WriteStream
  /** Aborting ends the client and restores the terminal. */
  readonly signal: AbortSignal
  /** A line at the top of the transcript. */
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
  if (signal.aborted) return 0
  const theme = createTheme({ colour })
  let frames: Frames | undefined
  const ended = Promise.withResolvers<void>()
  const quit = (): void => ended.resolve()
  const session: ChatSession = new ChatSession({
    client,
    room,
    address,
    clock,
    notice,
    onChange: when => frames?.changed(when),
    onQuit: quit,
    onRedraw: () => frames?.draw(),
  })
  const size = () => ({ columns: Math.max(2, stdout.columns || 80), rows: Math.max(1, stdout.rows || 24) })
  frames = new Frames(clock, () => frameOf(session, { ...size(), theme, timeZone }))
  const redraw = (): void => frames.draw()
  stdout.on('resize', redraw)
  signal.addEventListener('abort', quit)
  // Ink draws; it is given no keyboard, because this client reads its own.
  const ink = render(<App frames={frames} />, {
    stdout,
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    alternateScreen: true,
    interactive: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 60,
  })
  stdout.write(ENTER)
  const stopReading = readInput({ stdin, clock, onEvent: event => session.handle(event), onEnd: quit })
  try {
    await Promise.race([ended.promise, ink.waitUntilExit()])
    return 0
  } finally {
    stopReading()
    signal.removeEventListener('abort', quit)
    stdout.off('resize', redraw)
    frames.close()
    session.close()
    ink.unmount()
    stdout.write(LEAVE)
    await ink.waitUntilExit().catch(() => {})
  }
}
