import { addressOf } from '../hosts.ts'
import type { Finding } from './finding.ts'

/** What went wrong, and what would help. */
type Words = Pick<Finding, 'text' | 'remedy'>

/** Why a RabbitMQ cannot be used, in words where there are any. Neither a user nor a password is in them. */
export function brokerWords(error: unknown, url: string): Words | undefined {
  const failure = deepest(error)
  const { code, message } = failure
  const { hostname, protocol, pathname } = new URL(url)
  const vhost = pathname.length > 1 ? decoded(pathname.slice(1)) : '/'
  const known = BY_CODE[code]
  if (known) return known
  if (/\b403\b|ACCESS[_-]REFUSED/.test(message))
    return {
      text: 'it refuses this user or password',
      remedy: `check both in --amqp; RabbitMQ lets "guest" in from its own machine alone (${hostname} ${
        isLoopback(hostname) ? 'is' : 'may be another'
      })`,
    }
  // The library keeps RabbitMQ's reason to itself: that it closes at this step is all that is known.
  if (message.startsWith('Expected ConnectionOpenOk; got <ConnectionClose'))
    return {
      text: `it lets this user in, and not into the virtual host ${vhost}: there is none, or it is not for this user`,
      remedy: `rabbitmqctl list_permissions -p ${vhost}; the virtual host stands behind the host in --amqp`,
    }
  const tls = tlsWords(failure, hostname)
  if (tls) return tls
  if (/timeout|timed out|took longer/i.test(message))
    return {
      text: 'it accepts the connection and does not answer',
      remedy: `check that RabbitMQ listens at ${addressOf(url)}`,
    }
  if (/closed abruptly|handshake|frame|Expected|ECONNRESET/i.test(`${message} ${code}`))
    return {
      text: 'what listens there does not answer in AMQP 0.9.1',
      remedy:
        protocol === 'amqp:'
          ? 'say amqps:// where the port is for TLS; the port of RabbitMQ is 5672, and 15672 is its web page'
          : 'the port of RabbitMQ for TLS is 5671',
    }
  return code === '' ? undefined : { text: `it cannot be used (${code})` }
}

const BY_CODE: Readonly<Record<string, Words>> = {
  ECONNREFUSED: { text: 'nothing listens there', remedy: 'start RabbitMQ, or check host and port in --amqp' },
  ENOTFOUND: { text: 'there is no such host', remedy: 'check the host in --amqp' },
  EAI_AGAIN: {
    text: 'the name of the host cannot be looked up at the moment',
    remedy: 'check the host in --amqp, and DNS',
  },
  ETIMEDOUT: { text: 'it does not answer', remedy: 'check the host in --amqp, and the firewall' },
  EHOSTUNREACH: { text: 'there is no way to it', remedy: 'check the host in --amqp, and the network' },
  ENETUNREACH: { text: 'there is no way to it', remedy: 'check the host in --amqp, and the network' },
}

/** What is wrong with TLS, if it is that. */
function tlsWords({ code, message, names }: Failed, host: string): Words | undefined {
  if (!/^(?:EPROTO$|ERR_TLS_|ERR_SSL_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/.test(code)) return undefined
  if (/wrong version number|packet length too long/i.test(message))
    return {
      text: 'it speaks no TLS at this port',
      remedy: 'say amqp:// instead of amqps://, or the port for TLS (5671)',
    }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      text: `its certificate is for ${names ?? 'another host'}, and not for ${host}`,
      remedy: 'say a host in --amqp that the certificate names',
    }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return {
      text: `its certificate ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}`,
      remedy: 'renew it, or set the clock of this machine',
    }
  if (code.endsWith('_ALERT_CERTIFICATE_REQUIRED'))
    return {
      text: 'it wants a certificate of its clients, and stock-bot has none',
      remedy: 'let RabbitMQ do without: ssl_options.fail_if_no_peer_cert = false',
    }
  if (/^(?:SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/.test(code))
    return {
      text: `its certificate is not signed by a CA that is known here (${code})`,
      remedy: 'set NODE_EXTRA_CA_CERTS to the PEM file of that CA',
    }
  return { text: `it and this machine cannot agree on TLS (${code})`, remedy: 'check its ssl_options' }
}

interface Failed {
  readonly code: string
  readonly message: string
  /** What a certificate is for that is not for this host, as `DNS:mq.example`. */
  readonly names: string | undefined
}

/** The innermost cause: a refused "localhost" is an AggregateError without a message. */
function deepest(error: unknown): Failed {
  let at = error
  while (at instanceof Error) {
    const inner: unknown = at instanceof AggregateError ? at.errors[0] : at.cause
    if (!(inner instanceof Error)) break
    at = inner
  }
  if (!(at instanceof Error)) return { code: '', message: String(at), names: undefined }
  const { code, cert } = at as Error & { code?: unknown; cert?: { subjectaltname?: string } }
  return { code: typeof code === 'string' ? code : '', message: at.message, names: cert?.subjectaltname }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host.startsWith('127.')

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
