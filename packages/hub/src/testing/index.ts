/** `@hubbub/hub/testing`: what this package's own tests are made of, for yours. */
export { VirtualClock } from './virtual-clock.ts'
export { describeMessageLog, type TestRunner } from './log-conformance.ts'
export type { LogCapabilities, LogSetUp } from './log-probe.ts'
