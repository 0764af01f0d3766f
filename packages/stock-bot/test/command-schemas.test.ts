import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { createBot } from '../src/bot.ts'
import { type BotCommand, defineCommand } from '../src/command.ts'
import { schema, type StandardSchemaV1 } from '../src/standard-schema.ts'

const inject = (command: BotCommand, text: string) => createBot({ commands: [command] }).inject(text)

describe('arguments by zod', () => {
  const dice = z
    .string()
    .regex(/^\d+d\d+$/, 'dice look like 2d6')
    .transform(text => {
      const [count = 1, sides = 6] = text.split('d').map(Number)
      return { count, sides }
    })
    .refine(({ count }) => count <= 20, 'at most 20 dice')
  const roll = defineCommand({
    name: 'roll',
    usage: '/roll=2d6',
    args: dice,
    run({ args }) {
      expectTypeOf(args).toEqualTypeOf<{ count: number; sides: number }>()
      return `${args.count} of ${args.sides}`
    },
  })

  it('come as the schema makes them, and as its type', async () => {
    expect(await inject(roll, '/roll=2d6')).toBe('2 of 6')
  })

  it('that do not fit are answered with the usage and what is wrong', async () => {
    expect(await inject(roll, '/roll=lots')).toBe('Usage: /roll=2d6 – dice look like 2d6')
    expect(await inject(roll, '/roll=21d6')).toBe('Usage: /roll=2d6 – at most 20 dice')
  })

  it('may be checked by a schema that asks somebody', async () => {
    const known = z.string().refine(async city => {
      await Promise.resolve()
      return city === 'Oslo'
    }, 'no such city')
    const weather = defineCommand({ name: 'weather', args: known, run: ({ args }) => `${args}: rain` })
    expect(await inject(weather, '/weather Oslo')).toBe('Oslo: rain')
    expect(await inject(weather, '/weather Atlantis')).toBe('Usage: /weather – no such city')
  })
})

describe('arguments by valibot', () => {
  const sides = v.pipe(
    v.string(),
    v.transform(text => (text === '' ? 6 : Number(text))),
    v.integer('how many sides?'),
    v.minValue(2, 'two sides at least'),
  )
  const roll = defineCommand({
    name: 'roll',
    usage: '/roll=6',
    args: sides,
    run({ args }) {
      expectTypeOf(args).toEqualTypeOf<number>()
      return `1 of ${args}`
    },
  })

  it('come as the schema makes them, and as its type', async () => {
    expect(await inject(roll, '/roll=20')).toBe('1 of 20')
    expect(await inject(roll, '/roll')).toBe('1 of 6')
  })

  it('that do not fit are answered with the usage and what is wrong', async () => {
    expect(await inject(roll, '/roll=six')).toBe('Usage: /roll=6 – how many sides?')
    expect(await inject(roll, '/roll=1')).toBe('Usage: /roll=6 – two sides at least')
  })
})

it('the types of arguments follow from the schema, and are the text where there is none', () => {
  defineCommand({
    name: 'plain',
    run({ args }) {
      expectTypeOf(args).toEqualTypeOf<string>()
      return args
    },
  })
  defineCommand({
    name: 'own',
    args: schema(text => text.split(',')),
    run({ args }) {
      expectTypeOf(args).toEqualTypeOf<string[]>()
      return args.join()
    },
  })
  const wrong: StandardSchemaV1<unknown, number> = z.number()
  defineCommand({
    name: 'wrong',
    args: wrong,
    // @ts-expect-error a number is no text: what `run` returns is checked, too
    run: ({ args }) => args,
  })
})
