import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parentOf, read, write } from '../../src/otel/w3c.ts'

const propagator = new W3CTraceContextPropagator()

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: length,
    maxLength: length,
  })
const header = fc.oneof(
  fc.tuple(hex(2), hex(32), hex(16), hex(2)).map(parts => parts.join('-')),
  fc.constantFrom('', '00-', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, 'not one'),
)

describe('trace context in headers', () => {
  it('is read as the propagator of the SDK reads it', () => {
    fc.assert(
      fc.property(header, fc.option(fc.constantFrom('a=1', 'b=2,a=1', '')), (traceparent, tracestate) => {
        const headers = { traceparent, tracestate: tracestate ?? undefined }
        const expected = trace.getSpanContext(propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter))
        const found = read(headers)
        expect(found && { ...found, traceState: found.traceState?.serialize() || undefined }).toEqual(
          expected && { ...expected, traceState: expected.traceState?.serialize() || undefined },
        )
      }),
    )
  })

  it('is written as the propagator of the SDK writes it', () => {
    fc.assert(
      fc.property(hex(32), hex(16), fc.constantFrom(0, 1), (traceId, spanId, traceFlags) => {
        const span = { traceId, spanId, traceFlags }
        const expected: Record<string, string> = {}
        propagator.inject(trace.setSpanContext(ROOT_CONTEXT, span), expected, defaultTextMapSetter)
        const headers = { traceparent: undefined, tracestate: undefined }
        write(span, headers)
        expect(headers).toEqual({ traceparent: expected['traceparent'], tracestate: undefined })
      }),
    )
  })

  it('takes away the state of another trace', () => {
    const headers = { traceparent: 'not one', tracestate: 'a=1' as string | undefined }
    write({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1 }, headers)
    expect(headers).toEqual({
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: undefined,
    })
  })

  it('is no parent where it names no span', () => {
    expect(parentOf({ traceparent: undefined, tracestate: 'a=1' })).toBeUndefined()
  })
})
