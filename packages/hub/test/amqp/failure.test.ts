import { describe, expect, it } from 'vitest'
import { explain } from '../../src/amqp/failure.ts'

const URL_WITH_SECRETS = 'amqps://zoe:hunter2@mq.example/chat%2Fone'
const coded = (code: string | number, message = `failed: ${code}`): Error =>
  Object.assign(new Error(message), { code })

describe('why a broker cannot be used', () => {
  it.each([
    [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'option tls.ca'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'option tls.ca'],
    [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'NODE_EXTRA_CA_CERTS'],
    [coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'not signed by a CA that is known here'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'is for another host, and not for mq.example'],
    [
      Object.assign(coded('ERR_TLS_CERT_ALTNAME_INVALID'), {
        host: 'mq.other',
        cert: { subjectaltname: 'DNS:a.example, DNS:b.example' },
      }),
      'is for DNS:a.example, DNS:b.example, and not for mq.other: ',
    ],
    [coded('CERT_HAS_EXPIRED'), 'has expired: renew it'],
    [coded('CERT_NOT_YET_VALID'), 'is not valid yet: '],
    [
      coded('ERR_SSL_WRONG_VERSION_NUMBER', '40:error:0A:SSL routines::wrong version number:\n'),
      'speaks no TLS',
    ],
    [coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'wants a certificate of its clients'],
    [coded('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'), 'does not accept the certificate of this client (tls.cert)'],
    [coded('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'), 'or how it speaks TLS'],
    [coded('ERR_OSSL_PEM_NO_START_LINE'), 'TLS does not work (ERR_OSSL_PEM_NO_START_LINE)'],
    [
      new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'),
      'the virtual host "chat/one" does not exist, or this user may not use it',
    ],
  ])('is said in words, and left to a person: %s', (error, text) => {
    const failure = explain(error, URL_WITH_SECRETS)
    expect(failure).toMatchObject({ hopeless: true, error: { cause: error } })
    expect(failure.error.message).toContain(text)
    expect(failure.error.message).not.toMatch(/hunter2|zoe|\n/)
  })

  it.each([
    coded(403, 'ACCESS_REFUSED - access to queue refused'),
    coded(406, "PRECONDITION_FAILED - inequivalent arg 'x-queue-type'"),
    new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED"'),
  ])('is left to a person in the words of the broker: %s', error => {
    expect(explain(error, URL_WITH_SECRETS)).toEqual({ error, hopeless: true })
  })

  it.each([
    coded('ECONNREFUSED'),
    coded('ECONNRESET'),
    coded(404, 'NOT_FOUND'),
    new Error('Socket closed abruptly during opening handshake'),
    new Error('Handshake terminated by server: 320 (CONNECTION-FORCED) with message "shutdown"'),
    new DOMException('connecting took longer than 100 ms', 'TimeoutError'),
  ])('may pass by itself: %s', error => {
    expect(explain(error, URL_WITH_SECRETS)).toEqual({ error, hopeless: false })
  })

  it('is said with its code where it has no words, as where "localhost" refuses at each of its addresses', () => {
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
    expect(explain(error, URL_WITH_SECRETS)).toMatchObject({
      error: { message: 'ECONNREFUSED', cause: error },
      hopeless: false,
    })
  })
})
