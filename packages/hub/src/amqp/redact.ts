/**
 * An address without its secrets, for messages that people read: user, password and query are left out.
 * @example redactUrl('amqp://ann:secret@mq.example:5673/chat') // 'amqp://mq.example:5673/chat'
 */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return '(not a URL)'
  const { protocol, hostname, port, pathname } = new URL(url)
  return `${protocol}//${hostname}${port === '' ? '' : `:${port}`}${pathname === '/' ? '' : pathname}`
}
