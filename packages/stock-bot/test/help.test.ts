import { describe, expect, it } from 'vitest'
import type { CommandInfo } from '../src/broker/broker.ts'
import { helpText, unknownCommand } from '../src/help.ts'

const info = (name: string, more: Partial<CommandInfo> = {}): CommandInfo => ({
  name,
  aliases: [],
  usage: `/${name}`,
  description: '',
  bot: 'dice',
  ...more,
})
const stock = info('stock', {
  aliases: ['quote', 'q'],
  usage: '/stock=AAPL.US',
  description: 'The latest price.',
  bot: 'stock-bot',
})
const roll = info('roll', { usage: '/roll=2d6', description: 'Rolls dice.' })

describe('help', () => {
  it('lists the commands by name, a line each', () => {
    expect(helpText('', [stock, roll, info('ping')])).toBe(
      [
        '/ping',
        '/roll=2d6 – Rolls dice.',
        '/stock=AAPL.US – The latest price.',
        '/help=ping tells all about /ping.',
      ].join('\n'),
    )
  })

  it.each(['stock', '/stock', ' STOCK ', 'q'])('tells all about one: %s', topic => {
    expect(helpText(topic, [stock, roll])).toBe(
      '/stock=AAPL.US\nThe latest price.\nAlso: /quote, /q\n/stock is answered by stock-bot.',
    )
  })

  it('tells about itself', () => {
    expect(helpText('help', [stock])).toBe(
      '/help\nLists the commands; /help=name tells all about one of them.\n/help is answered by help.',
    )
  })

  it('says which command was meant, or which there are', () => {
    expect(helpText('stok', [stock, roll])).toBe('No bot knows /stok; did you mean /stock?')
    expect(helpText('nosuch', [stock, roll])).toBe(
      'No bot knows /nosuch. Commands here: /stock=AAPL.US, /roll=2d6',
    )
  })

  it('says that there is nothing', () => {
    expect(helpText('', [])).toBe('No commands are known here.')
    expect(helpText('stock', [])).toBe('No bot knows /stock. No commands are known here.')
  })

  it('stays on one line for each command, and within a message, whatever is announced', () => {
    const rude = Array.from({ length: 1_000 }, (_, index) =>
      info(`c${index}`, { usage: 'x\n/fake – a lie\u202e', description: `${'long '.repeat(100)}\u0007` }),
    )
    const text = helpText('', rude)
    const lines = text.split('\n')
    expect(text.length).toBeLessThan(4_000)
    expect(lines).toHaveLength(19)
    expect(lines.at(-2)).toBe('… and 983 more')
    expect(lines.at(-1)).toBe('/help=c0 tells all about /c0.')
    expect(lines[0]).toMatch(/^x \/fake – a lie – (long )+lon?g?…$/)
    expect(unknownCommand('zzz', rude)).toMatch(/, and 980 more$/)
    expect(unknownCommand('z\n'.repeat(100), [])).toBe(
      `No bot knows /${'z '.repeat(15)}z…. No commands are known here.`,
    )
  })
})
