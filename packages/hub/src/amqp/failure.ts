/** Why a broker cannot be used. */
export interface Failure {
  /** In plain words where there are any; then the original is its `cause`. No user or password is in it. */
  readonly error: Error
  /** Whether only a person can help: trying again soon is pointless. */
  readonly hopeless: boolean
}

/** Says why a trial at this address failed. */
export function explain(error: Error, url: string): Failure {
  const words = isTlsError(error) ? tlsWords(error, url) : vhostWords(error, url)
  if (words !== undefined) return { error: new Error(words, { cause: error }), hopeless: true }
  return { error: worded(error), hopeless: isRefusal(error) }
}

// A refused connection to "localhost", which is several addresses, is an AggregateError without a message of its own.
function worded(error: Error): Error {
  if (error.message !== '') return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return new Error(code, { cause: error })
}

/** Refused credentials, and what exists with other arguments. The handshake's error has its code in its text only. */
const isRefusal = (error: Error): boolean =>
  ('code' in error && (error.code === 403 || error.code === 406)) ||
  /^Handshake terminated by server: 403\b/.test(error.message)

// RabbitMQ says 530 and why. The library keeps both to itself: that it closes at this step is all that is known.
function vhostWords(error: Error, url: string): string | undefined {
  if (!error.message.startsWith('Expected ConnectionOpenOk; got <ConnectionClose')) return undefined
  return `the virtual host "${vhostOf(url)}" does not exist, or this user may not use it, or it takes no more connections`
}

function vhostOf(url: string): string {
  const path = new URL(url).pathname.slice(1)
  try {
    return decodeURIComponent(path) || '/'
  } catch {
    return path
  }
}

const isTlsError = (error: Error): error is Error & { readonly code: string } =>
  'code' in error &&
  typeof error.code === 'string' &&
  /^(?:EPROTO$|ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA$)/.test(
    error.code,
  )

function tlsWords(error: Error & { readonly code: string }, url: string): string {
  const { code } = error
  if (/^(?:UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA)/.test(code))
    return `its certificate is not signed by a CA that is known here (${code}): give that CA in the option tls.ca, or in the file that NODE_EXTRA_CA_CERTS names`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `its certificate is for ${namesOf(error)}, and not for ${hostOf(error, url)}: use a host that it names, or say in the option tls.servername which one is meant`
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `its certificate ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}: renew it, or set the clock of this machine`
  if (/wrong version number|packet length too long/i.test(error.message))
    return 'it speaks no TLS at this port: say amqp:// instead of amqps://, or the port for TLS (5671)'
  if (code.endsWith('_ALERT_CERTIFICATE_REQUIRED'))
    return 'it wants a certificate of its clients: give one in the options tls.cert and tls.key'
  if (code.includes('_ALERT_'))
    return `it does not accept the certificate of this client (tls.cert), or how it speaks TLS (${code})`
  return `TLS does not work (${code})`
}

/** The names in the certificate, as `DNS:mq.example, IP Address:10.0.0.1`. */
function namesOf(error: Error): string {
  const cert: unknown = 'cert' in error ? error.cert : undefined
  const names = typeof cert === 'object' && cert && 'subjectaltname' in cert ? cert.subjectaltname : undefined
  return typeof names === 'string' && names !== '' ? names : 'another host'
}

const hostOf = (error: Error, url: string): string =>
  'host' in error && typeof error.host === 'string' ? error.host : new URL(url).hostname
