import type { DoctorOptions } from '../options.ts'
import { brokerFindings } from './broker.ts'
import { type Finding, shown } from './finding.ts'
import { sourceFindings } from './sources.ts'

/** Prints what is wrong; resolves with the exit code: 1 where there is a problem. Changes nothing anywhere. */
export async function doctor(
  { amqp, command, quotes, symbol, json }: DoctorOptions,
  print: (line: string) => void,
): Promise<number> {
  const looks: readonly Promise<Finding[]>[] = [
    ...(amqp.length === 0 ? [Promise.resolve([NO_BROKER])] : amqp.map(url => brokerFindings(url, command))),
    sourceFindings(quotes, symbol),
  ]
  let problems = 0
  for (const look of looks)
    for (const finding of await look) {
      print(shown(finding, json))
      if (finding.severity === 'problem') problems += 1
    }
  if (!json)
    print(
      problems === 0
        ? 'Nothing is wrong.'
        : `${problems === 1 ? 'One thing is' : `${problems} things are`} wrong.`,
    )
  return problems === 0 ? 0 : 1
}

const NO_BROKER: Finding = {
  part: 'broker',
  subject: 'RabbitMQ',
  severity: 'problem',
  text: 'no address of it is given',
  remedy: 'set AMQP_URL, or say --amqp amqp://user:password@host:5672/vhost',
}
