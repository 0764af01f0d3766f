import type { BigRoomResult } from './big-room-process.ts'
import { PinnedProcess } from './pinned-process.ts'

/** One run. */
export interface BigRoomPlan {
  /** Connections in the big room; 0 for the small rooms alone. */
  readonly members: number
  readonly seconds: number
  readonly flags: readonly string[]
}

/** Runs a hub, its small rooms and its big room in one process on one core. */
export async function measureBigRoom({ members, seconds, flags }: BigRoomPlan): Promise<BigRoomResult> {
  const child = new PinnedProcess(0, 'big-room-process.ts', [String(members), String(seconds)], flags)
  try {
    return (await child.answer()) as BigRoomResult
  } finally {
    await child.stop()
  }
}
