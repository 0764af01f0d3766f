/**
 * Runs once in the main process of a test run, and lends services to the tests in its workers. A service is
 * found, started or installed when the first test asks for it, so that a run which needs none starts none.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { chromium } from './chromium.ts'
import { freePort } from './ports.ts'
import { rabbitmq } from './rabbitmq.ts'
import type { Service } from './service.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `shared.ts` asks for services. */
    services: string
  }
}

/** What can be shared: how it is had, and the address that one test file gets of it. */
const lenders = {
  chromium: lender(chromium, service => Promise.resolve(service.url)),
  rabbitmq: lender(rabbitmq, service => service.virtualHost()),
}

interface Lender {
  open(): Promise<{ readonly service: Service; address(): Promise<string> }>
}

function lender<S extends Service>(
  obtain: () => Promise<S>,
  address: (service: S) => Promise<string>,
): Lender {
  return {
    async open() {
      const service = await obtain()
      return { service, address: () => address(service) }
    },
  }
}

interface Desk {
  readonly url: string
  users: number
  close(): Promise<void>
}

/** Vitest loads this file once per project; the projects of one run share one desk all the same. */
const KEY = Symbol.for('hubbub.test.services')
const shared = globalThis as { [KEY]?: Promise<Desk> | undefined }

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const desk = await (shared[KEY] ??= openDesk())
  desk.users += 1
  project.provide('services', desk.url)
  return async () => {
    desk.users -= 1
    if (desk.users > 0) return
    shared[KEY] = undefined
    await desk.close()
  }
}

async function openDesk(): Promise<Desk> {
  const services = new Map<string, ReturnType<Lender['open']>>()
  const lend = async (name: string) => {
    const lender = new Map<string, Lender>(Object.entries(lenders)).get(name)
    if (!lender) throw new Error(`there is no service called ${JSON.stringify(name)}`)
    let opened = services.get(name)
    if (!opened) {
      opened = lender.open()
      services.set(name, opened)
      const { name: shown, origin, url } = (await opened).service
      console.log(
        `${shown} for these tests: ${origin === 'started' ? 'started our own' : 'given'}, ${host(url)}`,
      )
    }
    return (await opened).address()
  }
  const server = createServer((request, response) => {
    lend((request.url ?? '').slice(1)).then(
      url => response.end(url),
      (error: unknown) => {
        response.statusCode = 503
        response.end(error instanceof Error ? error.message : String(error))
      },
    )
  })
  const [port] = await freePort(1)
  await new Promise<void>(resolve => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    users: 0,
    close: () => close(server, services),
  }
}

async function close(server: Server, services: Map<string, ReturnType<Lender['open']>>): Promise<void> {
  server.closeAllConnections()
  server.close()
  for (const opened of services.values()) {
    // One that could not be opened has told its test why.
    const { service } = await opened.catch(() => ({ service: undefined }))
    await service?.stop()
  }
}

/** Without user and password. */
const host = (url: string) => new URL(url).host
