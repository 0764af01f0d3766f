import { request } from 'node:http'
import { inject } from 'vitest'

/** The first request may have to install the service. */
const PATIENCE = 600_000

/**
 * The address of a service that all tests of this run share; see setup.ts. Each call for `rabbitmq` gets an
 * empty virtual host of its own (unless the environment gave the address: then all get that one); `chromium` is
 * where one browser speaks the DevTools protocol. Fails with the line that would help where the service cannot
 * be had.
 *
 * @example
 * const url = await shared('rabbitmq') // at the top of a test file: outside of any test's timeout
 */
export function shared(name: 'rabbitmq' | 'chromium'): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request(`${inject('services')}/${name}`, { timeout: PATIENCE }, response => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(text))
      })
    })
    asked.on('error', reject)
    asked.end()
  })
}
