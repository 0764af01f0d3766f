export { VirtualClock } from '@hubbub/hub/testing'

/** Lets everything that is ready to run do so, however many promises it goes through. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve()
}
