import { describe, expect, it } from 'vitest'
import { brokerWords } from '../../src/service/doctor/broker-words.ts'

const URL_WITH_SECRETS = 'amqp://zoe:hunter2@mq.example/chat%2Fone'
const coded = (code: string, message = `connect ${code}`): Error =>
  Object.assign(new Error(message), { code })

describe('what is wrong with a RabbitMQ', () => {
  it.each([
    [coded('ECONNREFUSED'), 'nothing listens there'],
    // A refused "localhost" tries both families, and has no message of its own.
    [new AggregateError([coded('ECONNREFUSED')], ''), 'nothing listens there'],
    [new Error('failed', { cause: coded('ENOTFOUND') }), 'there is no such host'],
    [coded('ETIMEDOUT'), 'it does not answer'],
    [
      new DOMException('connecting took longer than 5000 ms', 'TimeoutError'),
      'accepts the connection and does not answer',
    ],
    [
      new Error(
        'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused"',
      ),
      'it refuses this user or password',
    ],
    [
      new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'),
      'not into the virtual host chat/one',
    ],
    [
      coded('ERR_SSL_WRONG_VERSION_NUMBER', 'SSL routines: wrong version number'),
      'it speaks no TLS at this port',
    ],
    [
      coded('DEPTH_ZERO_SELF_SIGNED_CERT'),
      'its certificate is not signed by a CA that is known here (DEPTH_ZERO_SELF_SIGNED_CERT)',
    ],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'its certificate is for another host, and not for mq.example'],
    [coded('CERT_HAS_EXPIRED'), 'its certificate has expired'],
    [coded('CERT_NOT_YET_VALID'), 'its certificate is not valid yet'],
    [coded('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED'), 'it wants a certificate of its clients'],
    [coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'cannot agree on TLS'],
    [new Error('Socket closed abruptly during opening handshake'), 'does not answer in AMQP 0.9.1'],
    [new Error('Frame size 1345270062 exceeds maxFrameSize 67108864'), 'does not answer in AMQP 0.9.1'],
    [coded('EWEIRD'), 'it cannot be used (EWEIRD)'],
  ])('is said in words: %s', (error, text) => {
    const words = brokerWords(error, URL_WITH_SECRETS)
    expect(words?.text).toContain(text)
    expect(JSON.stringify(words)).not.toMatch(/hunter2|zoe/)
  })

  it('is left to others where there are no words for it', () => {
    expect(brokerWords(new Error('no bot takes commands'), URL_WITH_SECRETS)).toBeUndefined()
    expect(brokerWords('a string', URL_WITH_SECRETS)).toBeUndefined()
  })
})
