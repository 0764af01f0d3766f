/**
 * An address without its secrets, for messages that people read: user, password and query are left out.
 * @example redactUrl('amqp://ann:secret@mq.example:5673/chat') // 'amqp://mq.example:5673/chat'
 */
export function redactUrl(url: string): string {
  const { protocol, hostname, port, pathname } = URL.canParse(url) ? new URL(url) : NOWHERE
  // What has no host may be anything, also a password in front of a colon.
  if (hostname === '') return '(not a URL)'
  return `${protocol}//${hostname}${port === '' ? '' : `:${port}`}${pathname === '/' ? '' : pathname}`
}

const NOWHERE = { protocol: '', hostname: '', port: '', pathname: '' }
