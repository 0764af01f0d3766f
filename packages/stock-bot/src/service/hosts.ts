/** Where a RabbitMQ is, with its port and without its secrets. */
export function addressOf(url: string): string {
  const { protocol, hostname, port } = new URL(url)
  return `${protocol}//${hostname}:${port || (protocol === 'amqps:' ? '5671' : '5672')}`
}

/** Where to listen for HTTP. */
export interface HttpAddress {
  readonly host: string
  readonly port: number
}

/**
 * Reads `9464`, `:9464`, `0.0.0.0:9464`, `[::]:9464` or `localhost:9464`. Without a host it is this machine alone.
 * Undefined where it is none of these.
 */
export function parseHttp(text: string): HttpAddress | undefined {
  const [, host, port = ''] = /^(?:(\[[\da-f:.]+\]|[\w.-]+)?:)?(\d{1,5})$/i.exec(text.trim()) ?? []
  if (port === '' || Number(port) > 65_535) return undefined
  return { host: (host ?? '127.0.0.1').replaceAll(/[[\]]/g, ''), port: Number(port) }
}
