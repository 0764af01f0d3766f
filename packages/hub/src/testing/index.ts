/** `@hubbub/hub/testing`: what this package's own tests are made of, for yours. */
export { VirtualClock } from './virtual-clock.ts'
export { describeMessageLog, type TestRunner } from './log-conformance.ts'
export type { LogCapabilities, LogSetUp } from './log-probe.ts'
export {
  type Direction,
  faultyTransport,
  type FaultyLink,
  type FaultyOptions,
  type FaultyTransport,
} from './faults.ts'
export { type Exploration, ExplorationError, explore, type Explored, type ExploreOptions } from './explore.ts'
export { type ConnectionConformanceOptions, describeConnection } from './connection-conformance.ts'
export type { OpenConnection, WirePeer } from './connection-probe.ts'
