import { Box, Text, useCursor } from 'ink'
import { type JSX, useSyncExternalStore } from 'react'
import type { Frame } from '../frame.ts'

/** Where the frame to show comes from. */
export interface FrameStore {
  readonly subscribe: (onChange: () => void) => () => void
  /** The same object as long as nothing has changed. */
  readonly read: () => Frame
}

/** The whole screen: what is drawn was decided by `frameOf`. */
export function App({ frames }: { readonly frames: FrameStore }): JSX.Element {
  const { columns, top, body, bottom, cursor } = useSyncExternalStore(frames.subscribe, frames.read)
  const { setCursorPosition } = useCursor()
  setCursorPosition(cursor)
  return (
    <Box flexDirection="column" width={columns} height={top.length + body.length + bottom.length}>
      <Rows of={top} />
      <Rows of={body} />
      <Rows of={bottom} />
    </Box>
  )
}

/** Painted rows, one under the other; a row has a fixed height, so a blank one keeps its place. */
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
