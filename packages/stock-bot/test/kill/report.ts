import type { BotReport } from './bot-drill.ts'
import type { FieldReport } from './field.ts'
import type { RabbitReport } from './rabbit-drill.ts'

/** How soon the chat has to have its connections again, in milliseconds after RabbitMQ's port is open. */
const RECOVERY_MS = 1_000

const most = (values: readonly number[]): number => Math.max(0, ...values)
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`

/** Whether nothing went wrong. */
export const passed = ({ lost, doubled, unsettled, unhandled }: FieldReport): boolean =>
  lost + doubled + unsettled + unhandled.length === 0

/** Whether everybody was back soon enough. */
export const isPrompt = ({ recoveries }: RabbitReport): boolean => most(recoveries) < RECOVERY_MS

/** What came of killing RabbitMQ, in words. */
export const describeRabbit = (report: RabbitReport): string =>
  `RabbitMQ killed ${report.recoveries.length} times under load (${Object.entries(report.kills)
    .map(([moment, count]) => `${count} ${WHEN[moment] ?? moment}`)
    .join(', ')}): ${figures(report)}\n` +
  `slowest recovery ${seconds(most(report.recoveries))} after its port was open, ` +
  `first answer after ${seconds(most(report.answers))}; longest outage ${seconds(most(report.outages))}`

const WHEN: Readonly<Record<string, string>> = {
  setup: 'during setup',
  confirm: 'during confirm',
  blocked: 'while blocked',
}

/** What came of killing bots, in words. */
export const describeBots = (report: BotReport): string =>
  `one of two bots killed ${report.kills} times under load: ${figures(report)}`

const figures = (report: FieldReport): string =>
  `${report.sent} sent, ${report.answered} answered, ${report.refused} refused, ${report.late} told that it was late; ` +
  `${report.lost} lost, ${report.doubled} shown twice, ${report.unsettled} promises unsettled, ` +
  `${report.unhandled.length} unhandled; ${report.begunAgain} begun again by another bot`
