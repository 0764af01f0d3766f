import { deadQueue } from '../broker/amqp-topology.ts'
import { brokerWords } from './doctor/broker-words.ts'
import { addressOf } from './hosts.ts'
import type { DeadLetterOptions } from './options.ts'

/** A command that was given up, as an operator may see it. */
interface Shown {
  readonly id: string
  readonly command: string
  readonly room: string
  readonly failure: 'poison' | 'expired' | 'malformed'
  /** Epoch milliseconds: when it was given up. */
  readonly at: number
  /** How often. */
  readonly deaths: number
  /** What the user typed; absent unless it was asked for. */
  readonly text?: string
}

/** What lists dead letters, sends them again and deletes them: `amqpDeadLetters()` fits. */
export interface DeadLetterBox {
  list(queue: string, options: { readonly limit: number; readonly text: boolean }): AsyncIterable<Shown>
  replay(
    queue: string,
    options: { readonly limit: number; readonly ratePerSecond: number },
  ): Promise<{ readonly replayed: number; readonly left: number }>
  purge(queue: string): Promise<{ readonly purged: number }>
  close(): Promise<void>
}

type Open = (urls: readonly string[]) => Promise<DeadLetterBox>

/** Prints what became of the dead letters; resolves with the exit code: 1 where it could not be done. */
export async function deadLetters(
  options: DeadLetterOptions,
  print: (line: string) => void,
  complain: (line: string) => void,
  open: Open = onRabbitMq,
): Promise<number> {
  const { amqp, command } = options
  const box = await open(amqp)
  try {
    await carryOut(box, deadQueue(command), options, print)
    return 0
  } catch (error) {
    complain(`${reasonOf(error, options)}\n`)
    return 1
  } finally {
    await box.close()
  }
}

async function carryOut(
  box: DeadLetterBox,
  queue: string,
  { verb, command, limit, rate, showText, json }: DeadLetterOptions,
  print: (line: string) => void,
): Promise<void> {
  if (verb === 'list') {
    let count = 0
    for await (const letter of box.list(queue, { limit, text: showText })) {
      count += 1
      print(json ? JSON.stringify(dated(letter)) : line(letter))
    }
    if (!json && count === 0) print(`There are no dead letters of /${command}.`)
  } else if (verb === 'replay') {
    const { replayed, left } = await box.replay(queue, { limit, ratePerSecond: rate })
    print(json ? JSON.stringify({ replayed, left }) : `${replayed} sent again, ${left} left`)
  } else {
    const { purged } = await box.purge(queue)
    print(json ? JSON.stringify({ purged }) : `${purged} deleted`)
  }
}

const dated = (letter: Shown): object => ({ ...letter, at: new Date(letter.at).toISOString() })

function line({ id, command, room, failure, at, deaths, text }: Shown): string {
  const parts = [new Date(at).toISOString(), failure.padEnd(9), `${deaths}×`, `/${command}`, `in ${room}`, id]
  // What users typed must not move the cursor or start a line of its own.
  return [...parts, ...(text === undefined ? [] : [JSON.stringify(text)])]
    .join('  ')
    .replaceAll(/\p{C}+/gu, ' ')
}

function reasonOf(error: unknown, { amqp, command }: DeadLetterOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 404)
    return `There is no queue ${deadQueue(command)}: no bot with /${command} has been here yet.`
  const [url = ''] = amqp
  const { text, remedy } = brokerWords(error, url)
  return `RabbitMQ at ${addressOf(url)}: ${text}${remedy === undefined ? '' : `; ${remedy}`}`
}

const onRabbitMq: Open = () => Promise.reject(new Error('not built in yet'))
