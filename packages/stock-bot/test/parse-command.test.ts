import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCommandName, parseCommand } from '../src/parse-command.ts'

const command = (name: string, args: string) => ({ kind: 'command', name, args })
const text = (text: string) => ({ kind: 'text', text })

describe('parseCommand', () => {
  it.each([
    ['/stock=AAPL.US', command('stock', 'AAPL.US')],
    ['/stock AAPL.US', command('stock', 'AAPL.US')],
    ['/STOCK=aapl.us', command('stock', 'aapl.us')],
    ['/stock', command('stock', '')],
    ['/stock=', command('stock', '')],
    ['/stock= two  words ', command('stock', ' two  words ')],
    ['/note=two\nlines', command('note', 'two\nlines')],
    ['/a=b=c', command('a', 'b=c')],
    [`/${'a'.repeat(32)}`, command('a'.repeat(32), '')],
    [`/${'a'.repeat(33)}`, text(`/${'a'.repeat(33)}`)],
    ['//stock=AAPL.US', text('/stock=AAPL.US')],
    ['//', text('/')],
    ['///', text('//')],
    ['/', text('/')],
    ['/ stock', text('/ stock')],
    ['/1st', text('/1st')],
    ['/etc/passwd', text('/etc/passwd')],
    ['/stock\n', text('/stock\n')],
    ['/stock\nAAPL.US', text('/stock\nAAPL.US')],
    [' /stock=AAPL.US', text(' /stock=AAPL.US')],
    // The Kelvin sign and the long s look like letters of the name; a name is ASCII.
    ['/stoc\u212a', text('/stoc\u212a')],
    ['/\u017ftock', text('/\u017ftock')],
    ['hello', text('hello')],
    ['', text('')],
  ])('reads %j', (typed, expected) => {
    expect(parseCommand(typed)).toEqual(expected)
  })

  it('can post any text: what it does not understand, and what is escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), any => {
        expect(parseCommand(`/${any.startsWith('/') ? any : `/${any}`}`)).toEqual(
          text(any.startsWith('/') ? any : `/${any}`),
        )
      }),
    )
  })

  it('gives every command name and every argument back as typed', () => {
    const names = fc.stringMatching(/^[a-z][a-z0-9_-]{0,31}$/)
    fc.assert(
      fc.property(names, fc.string(), fc.constantFrom('=', ' '), (name, args, between) => {
        expect(isCommandName(name)).toBe(true)
        expect(parseCommand(`/${name}${between}${args}`)).toEqual(command(name, args))
        expect(parseCommand(`/${name.toUpperCase()}${between}${args}`)).toEqual(command(name, args))
      }),
    )
  })
})
