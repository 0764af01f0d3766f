/** The short form of `npm run verify`: the hub's race detector. */
import { properties } from './index.ts'
import { describeProperties } from './support/suite.ts'

describeProperties(properties)
