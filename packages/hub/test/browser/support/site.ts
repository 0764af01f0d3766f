import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../../../../.config/services/ports.ts'

/** A web site whose page loads the SDK from its sources. */
export interface Site extends AsyncDisposable {
  readonly origin: string
  /** The sources that were asked for so far, for example `/src/client/index.ts`. */
  readonly served: ReadonlySet<string>
}

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>A page that chats</title>
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "@hubbub/hub/client": "/src/client/index.ts" } }</script>
<script type="module" src="/test/browser/support/page.ts"></script>
`

const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url))

/** No dot but the last: nothing outside of these two folders can be asked for. */
const SOURCE = /^\/(?:src|test\/browser)\/[\w/-]+\.ts$/

/**
 * Serves the page, and the package's sources without their types: nothing is bundled, replaced or resolved, so
 * that an import which only Node understands fails in the browser.
 */
export async function openSite(): Promise<Site> {
  const served = new Set<string>()
  const answer = async (path: string): Promise<readonly [status: number, type: string, body: string]> => {
    if (path === '/') return [200, 'text/html', PAGE]
    if (!SOURCE.test(path)) return [404, 'text/plain', 'There is no such page.']
    served.add(path)
    const source = await readFile(PACKAGE + path, 'utf8')
    return [200, 'text/javascript', stripTypeScriptTypes(source)]
  }
  const server = createServer((request, response) => {
    const send = ([status, type, body]: Awaited<ReturnType<typeof answer>>) => {
      response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' })
      response.end(body)
    }
    answer(request.url ?? '').then(send, (error: unknown) => {
      send([500, 'text/plain', String(error)])
    })
  })
  const [port] = await freePort(1)
  await new Promise<void>(resolve => {
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${port}`,
    served,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise(resolve => {
        server.close(resolve)
      })
    },
  }
}
