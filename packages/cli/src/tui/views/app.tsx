import { Box, Text, useCursor } from 'ink'
import { type JSX, useInsertionEffect, useLayoutEffect, useSyncExternalStore } from 'react'
import type { Frames } from '../frames.ts'

/** What the screen shows, and what to do when it is taken away. */
export interface AppProps {
  readonly frames: Frames
  /** Called once and synchronously, also when a signal or an error ends the process. */
  readonly onLeave: () => void
}

/** The whole screen. What is drawn was decided by `frameOf`; the transcript's box stays blank for the painter. */
export function App({ frames, onLeave }: AppProps): JSX.Element {
  const { top, bottom, cursor, region } = useSyncExternalStore(frames.subscribe, frames.read)
  const { setCursorPosition } = useCursor()
  setCursorPosition(cursor)
  // An insertion effect is the last that runs before Ink writes; a layout effect would come too late.
  useInsertionEffect(() => {
    frames.grant(region)
  }, [frames, region])
  useLayoutEffect(() => onLeave, [onLeave])
  return (
    <Box flexDirection="column" width={region.columns} height={top.length + region.height + bottom.length}>
      <Rows of={top} />
      <Box height={region.height} flexShrink={0} />
      <Rows of={bottom} />
    </Box>
  )
}

/** Painted rows, one under the other; a row has a fixed height, so that a blank one keeps its place. */
function Rows({ of: rows }: { readonly of: readonly string[] }): JSX.Element {
  return (
    <Box flexDirection="column" flexShrink={0}>
      {rows.map((row, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a row is its place on the screen
        <Box key={index} height={1}>
          <Text wrap="truncate">{row}</Text>
        </Box>
      ))}
    </Box>
  )
}
