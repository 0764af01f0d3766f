/** Every promise of the bot kit that is checked under all orders. */
import type { Property } from '../../../hub/test/properties/support/property.ts'
import { commands } from './commands.ts'

export const properties: readonly Property[] = [commands]
