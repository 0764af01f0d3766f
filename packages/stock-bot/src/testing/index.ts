/** `@hubbub/stock-bot/testing`: checks for brokers, whichever test runner you use. */
export { describeBroker, type TestRunner } from './broker-conformance.ts'
export { type BrokerCapabilities, type BrokerCase, type BrokerHarness, BrokerProbe } from './broker-probe.ts'
export { type StooqRequest, type StooqServer, type StooqServerOptions, startStooqServer } from './stooq.ts'
export { isStooqFault, type Misbehave, STOOQ_FAULTS, type StooqFault } from './stooq-faults.ts'
