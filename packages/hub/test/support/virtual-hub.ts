import { createHub, type Hub, type HubOptions } from '@hubbub/hub'
import { VirtualClock } from '@hubbub/hub/testing'

/** A hub whose time the test moves. Leaving the scope closes it without a window: nobody would advance the clock. */
export function virtualHub(options: HubOptions = {}): {
  hub: Hub
  clock: VirtualClock
  [Symbol.asyncDispose](): Promise<void>
} {
  const clock = new VirtualClock()
  const hub = createHub({ clock, ...options })
  return { hub, clock, [Symbol.asyncDispose]: () => hub.close({ windowMs: 0 }) }
}
