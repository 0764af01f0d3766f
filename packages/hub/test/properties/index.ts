/** Every promise of the hub that is checked under all orders. */
import { apart } from './apart.ts'
import { bounded } from './bounded.ts'
import { crowd } from './crowd.ts'
import { drain } from './drain.ts'
import { ends } from './ends.ts'
import { flush } from './flush.ts'
import { guests } from './guests.ts'
import { halfOpen } from './half-open.ts'
import { join } from './join.ts'
import { line } from './line.ts'
import { lost } from './lost.ts'
import { once } from './once.ts'
import { order } from './order.ts'
import { presence } from './presence.ts'
import { rejoin } from './rejoin.ts'
import { revocation } from './revocation.ts'
import { sessions } from './sessions.ts'
import { slices } from './slices.ts'
import type { Property } from './support/property.ts'
import { truth } from './truth.ts'

export const properties: readonly Property[] = [
  order,
  truth,
  once,
  lost,
  line,
  join,
  rejoin,
  bounded,
  slices,
  flush,
  ends,
  apart,
  drain,
  sessions,
  guests,
  presence,
  crowd,
  halfOpen,
  revocation,
]
