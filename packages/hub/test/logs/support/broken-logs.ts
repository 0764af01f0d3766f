import { memoryLog, secret } from '@hubbub/hub'
import {
  broken,
  type BrokenLog,
  editDrafts,
  editMessages,
  editRead,
  pause,
  withId,
  wrong,
} from './broken-log.ts'
import { brokenLives } from './broken-lives.ts'

/** Mistakes with messages. */
const brokenMessages: readonly BrokenLog[] = [
  broken(
    'leaves a hole in the numbers',
    'order: numbers a room from 1, without a hole',
    wrong(good => ({
      async append(room, drafts) {
        const answers = await good.append(room, drafts)
        return answers.map(appended => Object.assign({}, appended, { seq: appended.seq * 2 }))
      },
    })),
  ),
  broken(
    'answers out of order',
    'order: applies and answers the calls of a room in the order of the calls',
    wrong(good => ({
      async append(room, drafts) {
        const answers = await good.append(room, drafts)
        if (answers.some(({ seq }) => seq % 2 === 1)) await pause()
        return answers
      },
    })),
  ),
  broken(
    'counts all rooms together',
    'order: counts every room by itself',
    wrong(good => ({ append: (_room, drafts) => good.append('one', drafts) })),
  ),
  broken(
    'lets times go back with the clock',
    'order: takes its times from the clock, and never goes back with it',
    wrong((good, { clock }) => ({
      async append(room, drafts) {
        const answers = await good.append(room, drafts)
        return answers.map(appended => Object.assign({}, appended, { at: clock.now() }))
      },
    })),
  ),
  broken(
    'numbers an empty append',
    'order: answers an append of nothing with nothing',
    wrong(good => ({
      append: (room, drafts) =>
        good.append(
          room,
          drafts.length > 0 ? drafts : [{ id: '1', author: { id: '', name: '', kind: 'bot' }, text: '' }],
        ),
    })),
  ),
  broken(
    'knows no message again',
    'duplicates: answers a repeat with the place and time of the first, and gives it no number',
    editDrafts(draft => withId(draft, secret())),
  ),
  broken(
    'knows a message again only once it has answered',
    'duplicates: lets one of several equal appends land: the one that was called first',
    wrong(good => {
      const under = new Set<string>()
      return {
        async append(room, drafts) {
          const own = drafts.map(draft => (under.has(draft.id) ? withId(draft, secret()) : draft))
          for (const { id } of drafts) under.add(id)
          const answers = await good.append(room, own)
          await pause()
          for (const { id } of drafts) under.delete(id)
          return answers
        },
      }
    }),
  ),
  broken(
    'dedupes by id alone',
    'duplicates: knows a message by room, author and id together',
    editDrafts(draft => ({ ...draft, author: { ...draft.author, id: '', kind: 'user' } })),
  ),
  broken(
    'writes author and id in a row',
    'duplicates: does not take one author and id for another where they only read alike',
    editDrafts(draft => ({
      ...draft,
      id: `${draft.author.id} ${draft.id}`,
      author: { ...draft.author, id: '' },
    })),
  ),
  broken(
    'takes every bot for an author',
    'duplicates: takes all bots for one author',
    editDrafts(draft => withId(draft, `${draft.author.id} ${draft.id}`)),
  ),
  broken(
    'counts `after` in',
    'ranges: reads behind a place: exclusive, oldest first, as many as asked for',
    wrong(good => ({
      read: (room, range) =>
        good.read(room, 'after' in range ? { after: range.after - 1, limit: range.limit } : range),
    })),
  ),
  broken(
    'counts `before` in',
    'ranges: reads before a place: exclusive, the last ones, in ascending order',
    wrong(good => ({
      read: (room, range) =>
        good.read(
          room,
          'before' in range && range.before !== undefined
            ? { before: range.before + 1, limit: range.limit }
            : range,
        ),
    })),
  ),
  broken(
    'takes no limit for all',
    'ranges: gives no message, but the position, where none is asked for',
    wrong(good => ({ read: (room, range) => good.read(room, { ...range, limit: range.limit || 50 }) })),
  ),
  broken(
    'shows the newest first',
    'ranges: gives each message once to who turns the pages, in both directions',
    editRead(messages => messages.toReversed()),
  ),
  broken(
    'shows an append a read later',
    'ranges: shows what an append has been answered for',
    wrong(good => {
      const shown = new Map<string, number>()
      return {
        async read(room, range) {
          const page = await good.read(room, range)
          const seq = shown.get(room) ?? 0
          shown.set(room, page.seq)
          return { ...page, seq, messages: page.messages.filter(message => message.seq <= seq) }
        },
      }
    }),
  ),
  broken(
    'says that nothing is gone',
    'ranges: keeps the newest, says which is the oldest, and gives nothing older',
    wrong(good => ({
      async read(room, range) {
        return { ...(await good.read(room, range)), oldest: 1 }
      },
    })),
  ),
  broken(
    'counts characters in UTF-16',
    'texts: gives a message back as it was, whatever its text',
    editMessages(message => ({ ...message, text: message.text.slice(0, 4_000) })),
  ),
  broken(
    'normalizes texts',
    'texts: gives a message back as it was, whatever its text',
    editMessages(message => ({ ...message, text: message.text.normalize() })),
  ),
  broken(
    'forgets what a reply answers',
    'texts: gives author, id and replyTo back as they were, and no field more',
    editMessages(({ id, author, text, seq, at }) => ({ id, author, text, seq, at })),
  ),
  broken(
    'shows a column of its own',
    'texts: gives author, id and replyTo back as they were, and no field more',
    editMessages(message => Object.assign({ replyTo: undefined }, message)),
  ),
  broken(
    'forgets an id with its message',
    'duplicates: knows an id for 10 minutes although its message is gone',
    ({ clock, messagesPerRoom = 1_000 }) => memoryLog({ clock, secret, messagesPerRoom, dedupeMs: 0 }),
  ),
  broken(
    'forgets ids every 10 minutes',
    'duplicates: knows the id of a kept message for ever',
    editDrafts((draft, now) => withId(draft, `${draft.id} ${Math.floor(now / 600_000)}`)),
  ),
]

/** Every kind of mistake that the suite is there for. */
export const brokenLogs: readonly BrokenLog[] = [...brokenMessages, ...brokenLives]
