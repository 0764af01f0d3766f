import type { AmqpDeadLetters, DeadLetter } from '../broker/amqp.ts'
import { deadQueue } from '../broker/amqp-topology.ts'
import { BrokerError } from '../broker/broker.ts'
import { brokerWords } from './doctor/broker-words.ts'
import { addressOf } from './hosts.ts'
import type { DeadLetterOptions } from './options.ts'

/** What lists dead letters, sends them again and deletes them. */
export type DeadLetterBox = Pick<AmqpDeadLetters, 'list' | 'replay' | 'purge' | 'close'>

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

const dated = (letter: DeadLetter): object => ({ ...letter, at: new Date(letter.at).toISOString() })

function line({ id, command, room, failure, reason, at, deaths, text }: DeadLetter): string {
  const parts = [
    new Date(at).toISOString(),
    failure.padEnd(9),
    deaths === 1 ? 'died once' : `died ${deaths} times`,
    `/${command}`,
    `in ${room || '?'}`,
    id || '?',
  ]
  const why = reason === undefined ? [] : [reason]
  // What users typed must not move the cursor or start a line of its own.
  const typed = text === undefined ? [] : [JSON.stringify(text)]
  return [...parts, ...why, ...typed].join('  ').replaceAll(/\p{C}+/gu, ' ')
}

function reasonOf(error: unknown, { amqp, command }: DeadLetterOptions): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 404)
    return `There is no queue ${deadQueue(command)}: no bot with /${command} has been here yet.`
  if (error instanceof BrokerError) return `Nothing more is done: ${error.message}.`
  const [url = ''] = amqp
  const words = brokerWords(error, url)
  if (!words) return error instanceof Error ? error.message : String(error)
  return `RabbitMQ at ${addressOf(url)}: ${words.text}${words.remedy === undefined ? '' : `; ${words.remedy}`}`
}

const onRabbitMq: Open = async urls => {
  const { amqpDeadLetters } = await import('../broker/amqp-dead-letters.ts')
  return amqpDeadLetters({ urls, name: 'stock-bot dlq' })
}
