/** An address as it may be shown: without user, password and query. */
export function withoutSecrets(address: string): string {
  const url = URL.parse(address)
  if (!url) return '(not an address)'
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`
}
