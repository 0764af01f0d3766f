import { describe, expect, it } from 'vitest'
import { createBot } from '../src/bot.ts'
import { type CommandDefinition, defineCommand } from '../src/command.ts'
import { schema } from '../src/standard-schema.ts'

describe('the arguments of a command', () => {
  const sides = schema(text => {
    if (!/^\d+$/.test(text)) throw new Error('how many sides?')
    return Number(text)
  })
  const roll = defineCommand({
    name: 'roll',
    usage: '/roll=6',
    args: sides,
    run: ({ args, text }) => `${args + 1} from ${text}`,
  })

  it('come as the schema made them', async () => {
    expect(await createBot({ commands: [roll] }).inject('/roll=6')).toBe('7 from 6')
  })

  it('that do not fit are answered with the usage', async () => {
    expect(await createBot({ commands: [roll] }).inject('/roll=six')).toBe('Usage: /roll=6 – how many sides?')
  })

  it('may be checked by a schema that takes its time', async () => {
    const later = defineCommand<number>({
      name: 'later',
      args: {
        '~standard': {
          version: 1,
          vendor: 'test',
          validate: async value => {
            await Promise.resolve()
            return { value: Number(value) }
          },
        },
      },
      run: ({ args }) => `${args * 2}`,
    })
    expect(await createBot({ commands: [later] }).inject('/later 21')).toBe('42')
  })
})

const silent = (): string => ''

describe('a definition', () => {
  it.each([
    [{ name: 'Roll', run: silent }, "a command's name"],
    [{ name: 'roll', aliases: ['two words'], run: silent }, "a command's name"],
    [{ name: 'roll', timeout: 0, run: silent }, 'timeout of /roll'],
    [{ name: 'roll', concurrency: -1, run: silent }, 'concurrency of /roll'],
    [{ name: 'roll' }, 'run of /roll must be a function, got undefined'],
    [{ name: 'roll', run: 'no' }, 'run of /roll must be a function, got string'],
    [{ name: 'roll', run: silent, usage: 5 }, 'usage of /roll must be a string, got number'],
    [{ name: 'roll', run: silent, description: null }, 'description of /roll must be a string, got object'],
    [{ name: 'roll', run: silent, key: 'author' }, 'key of /roll must be a function, got string'],
    [{ name: 'roll', run: silent, onError: {} }, 'onError of /roll must be a function, got object'],
    [{ name: 'roll', run: silent, args: {} }, 'args of /roll must be a Standard Schema'],
  ])('is refused where a part of it is wrong: %#', (definition, message) => {
    expect(() => defineCommand(definition as CommandDefinition<string>)).toThrow(message)
  })
})
