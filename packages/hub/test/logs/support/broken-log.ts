import { type Draft, type LoggedMessage, memoryLog, type MessageLog, secret } from '@hubbub/hub'
import type { LogSetUp } from '@hubbub/hub/testing'

/** A log that does one thing wrongly, and the case of the suite that is there to catch it. */
export interface BrokenLog {
  readonly mistake: string
  readonly caughtBy: string
  readonly create: (setUp: LogSetUp) => MessageLog
  /** What is there after a restart. Absent: all of it. */
  readonly reopen?: (log: MessageLog, setUp: LogSetUp) => MessageLog
}

type Create = BrokenLog['create']

/** A memory log that pretends to outlive its process: no mistake in it. */
export const goodLog: Create = ({ clock, messagesPerRoom }) => ({
  ...memoryLog({ clock, secret, ...(messagesPerRoom !== undefined && { messagesPerRoom }) }),
  durable: true,
  close: () => undefined,
})

/** A good log, but for what `change` gives. */
export const wrong =
  (change: (good: MessageLog, setUp: LogSetUp) => Partial<MessageLog>): Create =>
  setUp => {
    const good = goodLog(setUp)
    return { ...good, ...change(good, setUp) }
  }

export const editRead = (edit: (messages: readonly LoggedMessage[]) => readonly LoggedMessage[]) =>
  wrong(good => ({
    async read(room, range) {
      const page = await good.read(room, range)
      return { ...page, messages: edit(page.messages) }
    },
  }))

export const editMessages = (edit: (message: LoggedMessage) => LoggedMessage) =>
  editRead(messages => messages.map(message => edit(message)))

export const editDrafts = (edit: (draft: Draft, now: number) => Draft) =>
  wrong((good, { clock }) => ({
    append: (room, drafts) =>
      good.append(
        room,
        drafts.map(draft => edit(draft, clock.now())),
      ),
  }))

export const answerEpoch = (edit: (room: string, epoch: string) => string) =>
  wrong(good => ({
    async append(room, drafts) {
      const answers = await good.append(room, drafts)
      return answers.map(appended => Object.assign({}, appended, { epoch: edit(room, appended.epoch) }))
    },
  }))

/** Long enough for whoever is behind to overtake. */
export async function pause(): Promise<void> {
  for (let i = 0; i < 5; i += 1) await Promise.resolve()
}

export const withId = (draft: Draft, id: string): Draft => ({ ...draft, id })

export const broken = (
  mistake: string,
  caughtBy: string,
  create: Create,
  reopen?: BrokenLog['reopen'],
): BrokenLog => ({
  mistake,
  caughtBy,
  create,
  ...(reopen && { reopen }),
})
