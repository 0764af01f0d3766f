/** The full screen: alternate buffer, Ink for what stands still, the painter for the transcript. */
import { PassThrough } from 'node:stream'
import type { Clock } from '@hubbub/hub'
import { render } from 'ink'
import { ENTER, LEAVE } from '../terminal/restore.ts'
import type { Frame } from './frame.ts'
import { Frames } from './frames.ts'
import { InkOutput, type TerminalOutput } from './output.ts'
import { Painter } from './painter.ts'
import { App } from './views/app.tsx'

/** To the top, and everything below gone. */
const ERASE = '\x1b[H\x1b[J'

/** Cells of the terminal. */
interface Size {
  readonly columns: number
  readonly rows: number
}

/** What a screen needs. */
export interface ScreenOptions {
  readonly stdout: TerminalOutput
  readonly clock: Clock
  /** The picture now, exactly as large as `size`. */
  readonly draw: (size: Size) => Frame
  /** The screen is given up: called once and synchronously, also when a signal or an error ends the process. */
  readonly onLeave?: () => void
}

/** An open screen. */
export interface Screen {
  /** What `draw` gives has changed: `now` after a key, `soon` for what comes from the network. */
  changed(when: 'now' | 'soon'): void
  /** Draws everything again, for a terminal that something else has written to. */
  redraw(): void
  /** Settles when Ink has ended by itself: rejects with the error that broke a component. */
  readonly ended: Promise<unknown>
  /** Puts the terminal back as it was. Idempotent. */
  close(): Promise<void>
}

/** Takes over the terminal until `close`. */
export function openScreen({ stdout, clock, draw, onLeave }: ScreenOptions): Screen {
  const painter = new Painter(text => stdout.write(text))
  const output = new InkOutput(stdout, text => {
    painter.inkWrote(text)
  })
  const frames = new Frames({
    clock,
    painter,
    draw: () => draw({ columns: Math.max(2, output.columns), rows: Math.max(1, output.rows) }),
  })
  const startOver = (): void => {
    // Ink forgets its frame and so writes all of it. From the top: it would begin where it believes its frame was,
    // but a terminal that was resized has moved the rows and the cursor as it liked.
    ink.clear()
    stdout.write(ERASE)
    painter.forget()
    frames.draw({ again: true })
  }
  // Before Ink's own listener, so that Ink already finds the new layout.
  output.on('resize', startOver)
  const leave = (): void => {
    stdout.write(LEAVE)
    onLeave?.()
  }
  const ink = render(<App frames={frames} onLeave={leave} />, {
    stdout: output as unknown as NodeJS.WriteStream,
    // Ink is given no keyboard: this client reads its own.
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    alternateScreen: true,
    interactive: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 60,
    onRender: () => painter.inkRendered(),
  })
  stdout.write(ENTER)
  let closing: Promise<void> | undefined

  const close = async (): Promise<void> => {
    frames.close()
    ink.unmount()
    await ink.waitUntilExit().catch(() => {})
    output.close()
  }
  return {
    changed: when => frames.changed(when),
    redraw: startOver,
    ended: ink.waitUntilExit(),
    close: () => (closing ??= close()),
  }
}
