/** The short form of `npm run verify`: the race detector of commands and their answers. */
import { describeProperties } from '../../../hub/test/properties/support/suite.ts'
import { properties } from './index.ts'

describeProperties(properties)
