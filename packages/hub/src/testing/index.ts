/** `@hubbub/hub/testing`: what this package's own tests are made of, for yours. */
export { VirtualClock } from './virtual-clock.ts'
