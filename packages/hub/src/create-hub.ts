import { secret as randomSecret, systemClock, systemRandom, systemScheduler } from './clock.ts'
import { guarded } from './errors.ts'
import { Hub } from './hub.ts'
import { isRoomName } from './protocol/values.ts'
import { DEFAULT_RESERVED, type HubOptions, resolveLimits } from './options.ts'
import { memoryLog } from './logs/memory.ts'

/**
 * Makes a hub. Without options: guests, any room, and a memory log, so that history ends with the process.
 * Throws a RangeError or TypeError that names the option that is out of range.
 */
export function createHub(options: HubOptions = {}): Hub {
  const {
    clock = systemClock,
    scheduler = systemScheduler,
    secret = randomSecret,
    random = systemRandom,
    rooms = 'any',
    overflow = 'disconnect',
  } = options
  if (Array.isArray(rooms))
    for (const name of rooms)
      if (!isRoomName(name))
        throw new TypeError(
          `rooms: ${JSON.stringify(name)} is no room name: 1–64 letters, digits, '-', '_', '.'`,
        )
  const log = options.log ?? memoryLog({ clock, secret })
  const hub = new Hub({
    log,
    authenticate: options.authenticate,
    rooms,
    reservedNames: options.reservedNames ?? DEFAULT_RESERVED,
    overflow: typeof overflow === 'function' ? overflow : () => overflow,
    limits: resolveLimits(options.limits),
    onError: options.onError && guarded(options.onError),
    clock,
    scheduler,
    random,
    secret,
    closeLog: options.log ? undefined : () => log.close(),
  })
  const { signal } = options
  if (signal) {
    const stop = (): void => {
      void hub.close()
    }
    if (signal.aborted) stop()
    else {
      signal.addEventListener('abort', stop, { once: true })
      hub.onClose(() => {
        signal.removeEventListener('abort', stop)
      })
    }
  }
  return hub
}
