/**
 * Whether a web page may connect. Programs send no `Origin` and are not asked. A page may when its origin is
 * listed, or when it was loaded from this very address and that is `localhost` or an IP address: a host name
 * proves nothing, because whoever owns it can point it at 127.0.0.1 (DNS rebinding).
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined || allowed.includes('*')) return true
  const page = URL.canParse(origin) ? new URL(origin) : undefined
  // A sandboxed frame and a file say `null`, which any page can have.
  if (!page) return allowed.includes(origin)
  if (allowed.some(each => URL.canParse(each) && new URL(each).origin === page.origin)) return true
  const local = page.hostname === 'localhost' || /^(?:\d+\.){3}\d+$|^\[/.test(page.hostname)
  return local && page.host === host
}
