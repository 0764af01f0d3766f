import { expect, it } from 'vitest'
import { redactUrl } from '../../src/amqp/redact.ts'

it('shows where an address leads, and nothing of who asks', () => {
  expect(redactUrl('amqp://ann:s3cret@mq.example:5673/chat?password=s3cret')).toBe(
    'amqp://mq.example:5673/chat',
  )
  expect(redactUrl('amqps://mq.example')).toBe('amqps://mq.example')
  expect(redactUrl('amqp://ann:s3cret@[::1]:5672/')).toBe('amqp://[::1]:5672')
})

it('shows nothing of what is not an address', () => {
  expect(redactUrl('ann:s3cret@host')).not.toContain('s3cret')
  expect(redactUrl('s3cret')).toBe('(not a URL)')
})
