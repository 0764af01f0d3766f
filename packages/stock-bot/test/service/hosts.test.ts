import { describe, expect, it } from 'vitest'
import { addressOf, parseHttp } from '../../src/service/hosts.ts'

describe('addressOf()', () => {
  it('shows an address with its port, and without user, password and vhost', () => {
    expect(addressOf('amqp://u:secret@mq.example/chat')).toBe('amqp://mq.example:5672')
    expect(addressOf('amqps://u:secret@mq.example')).toBe('amqps://mq.example:5671')
    expect(addressOf('amqp://[::1]:5673')).toBe('amqp://[::1]:5673')
  })
})

describe('parseHttp()', () => {
  it.each([
    ['9464', '127.0.0.1', 9464],
    [':9464', '127.0.0.1', 9464],
    ['0', '127.0.0.1', 0],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['[::]:9464', '::', 9464],
    ['bot.example:65535', 'bot.example', 65_535],
  ])('reads %s', (text, host, port) => {
    expect(parseHttp(text)).toEqual({ host, port })
  })

  it.each(['', 'x', '65536', '0.0.0.0', '0.0.0.0:', 'http://x:1', '::1:80', 'a b:80', '-1', '1.5'])(
    'refuses %j',
    text => {
      expect(parseHttp(text)).toBeUndefined()
    },
  )
})
