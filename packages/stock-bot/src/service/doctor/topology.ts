import type { Channel, ChannelModel } from 'amqplib'
import { commandQueue, deadQueue } from '../../broker/amqp-topology.ts'
import type { Finding } from './finding.ts'
import { patiently } from './look.ts'
import { planOf } from './plan.ts'

/**
 * Compares what is declared on RabbitMQ with what a bot would declare. It changes nothing: what is not there is only
 * looked for, and what is there is declared the way it should be, which RabbitMQ refuses where it differs.
 */
export async function topologyFindings(model: ChannelModel, command: string): Promise<Finding[]> {
  const plan = await planOf(command)
  const findings: Finding[] = []
  for (const { name, type, options } of plan.exchanges) {
    const subject = `exchange ${name}`
    const there = await attempt(model, channel => channel.checkExchange(name))
    const same = there.ok
      ? await attempt(model, channel => channel.assertExchange(name, type, options))
      : there
    if (!same.ok)
      findings.push(
        refused(
          { subject, command },
          same.error,
          `delete it: rabbitmqadmin delete exchange name=${name}; bots and chats declare it again`,
        ),
      )
  }
  for (const { name, options } of plan.queues) {
    const subject = `queue ${name}`
    const there = await attempt(model, channel => channel.checkQueue(name))
    const same = there.ok ? await attempt(model, channel => channel.assertQueue(name, options)) : there
    if (!same.ok)
      findings.push(
        refused(
          { subject, command },
          same.error,
          `once it is empty: rabbitmqctl delete_queue ${name}; the bot declares it again`,
        ),
      )
    else if (there.ok) findings.push(...queueFindings(name, command, there.value))
  }
  const missing = findings.filter(({ text }) => text === MISSING)
  if (missing.length === plan.exchanges.length + plan.queues.length)
    return [
      {
        part: 'topology',
        subject: 'topology',
        severity: 'note',
        text: 'nothing is declared yet: the bot does that when it starts',
      },
    ]
  if (findings.every(({ severity }) => severity === 'note'))
    findings.unshift({
      part: 'topology',
      subject: 'topology',
      severity: 'ok',
      text: 'what is declared is what the bot declares',
    })
  return findings
}

const MISSING = 'is not there'

function queueFindings(
  name: string,
  command: string,
  { messageCount, consumerCount }: { readonly messageCount: number; readonly consumerCount: number },
): Finding[] {
  const subject = `queue ${name}`
  if (name === deadQueue(command)) {
    if (messageCount === 0) return []
    const remedy = `stock-bot dlq list ${command}`
    return [
      {
        part: 'topology',
        subject,
        severity: 'warning',
        text: `${messageCount} commands were given up`,
        remedy,
      },
    ]
  }
  if (name !== commandQueue(command)) return []
  const waiting = messageCount === 0 ? '' : `, and ${messageCount} commands wait`
  const bots =
    consumerCount === 0
      ? 'no bot listens'
      : `${consumerCount} ${consumerCount === 1 ? 'bot listens' : 'bots listen'}`
  return [{ part: 'topology', subject, severity: 'note', text: `${bots}${waiting}` }]
}

/** Why something could not be declared. The channel's error has RabbitMQ's own words for the difference. */
function refused(
  { subject, command }: { readonly subject: string; readonly command: string },
  error: Error,
  remedy: string,
): Finding {
  const code = 'code' in error ? error.code : undefined
  const part = 'topology'
  if (code === 404)
    return {
      part,
      subject,
      severity: 'warning',
      text: MISSING,
      remedy: subject.startsWith('queue')
        ? `it comes when a bot with /${command} starts`
        : 'it comes when a bot or a chat starts',
    }
  if (code === 403)
    return {
      part,
      subject,
      severity: 'problem',
      text: 'this user may not look at it or declare it',
      remedy: 'rabbitmqctl set_permissions -p <vhost> <user> ".*" ".*" ".*"',
    }
  if (code === 406) return { part, subject, severity: 'problem', text: difference(error.message), remedy }
  if (code === 405)
    return {
      part,
      subject,
      severity: 'problem',
      text: 'another connection has it for itself',
      remedy: 'find it with rabbitmqctl list_consumers',
    }
  return { part, subject, severity: 'problem', text: `could not be looked at: ${error.message}` }
}

/**
 * `inequivalent arg 'x-message-ttl' for queue '…' in vhost '…': received the value '30000' of type 'signedint' but
 * current is none`, shorter. Words that it does not know are shown as they are.
 */
function difference(message: string): string {
  const text = message.replace(/^.*PRECONDITION_FAILED - /, '').replace(/^"|"$/g, '')
  const [, argument, wanted, there] =
    /inequivalent arg '([^']+)' for .*: received (.+?) but current is (.+?)$/.exec(text) ?? []
  if (argument === undefined || wanted === undefined || there === undefined) return text
  return `${argument} is ${value(there)}, and the bot declares ${value(wanted)}`
}

const value = (words: string): string =>
  /^the value '(.*)' of type '.*'$/.exec(words)?.[1] ?? words.replace(/'/g, '')

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Error }

/** Each question on a channel of its own, because a refusal closes it. */
async function attempt<T>(model: ChannelModel, ask: (channel: Channel) => Promise<T>): Promise<Attempt<T>> {
  const channel = await patiently('opening a channel', model.createChannel())
  let refusal: Error | undefined
  channel.on('error', error => {
    refusal = error
  })
  try {
    const value = await patiently('asking', ask(channel))
    await patiently('closing a channel', channel.close())
    return { ok: true, value }
  } catch (error) {
    return { ok: false, error: refusal ?? (error instanceof Error ? error : new Error(String(error))) }
  }
}
