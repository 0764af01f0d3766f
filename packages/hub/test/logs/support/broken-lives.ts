import { secret } from '@hubbub/hub'
import { answerEpoch, broken, type BrokenLog, goodLog, withId, wrong } from './broken-log.ts'

/** Mistakes with epochs and positions, and in what a log says of itself, its end and what it leaves. */
export const brokenLives: readonly BrokenLog[] = [
  broken(
    'makes an epoch for every read',
    'positions: settles the epoch of a room when it is first asked for, and keeps it',
    wrong(good => ({
      async read(room, range) {
        return { ...(await good.read(room, range)), epoch: secret() }
      },
    })),
  ),
  broken(
    'has one epoch for all rooms',
    'positions: gives every room an epoch of its own, of 1 to 64 characters',
    wrong(good => ({
      async positions(rooms) {
        return (await good.positions(rooms)).map(({ seq }) => ({ epoch: 'one', seq }))
      },
    })),
  ),
  broken(
    'answers an append with an epoch of its own',
    'positions: says with every append in which epoch it landed',
    answerEpoch(() => secret()),
  ),
  broken(
    'answers appends with the epoch that a room had first',
    'positions: says with the first append when a room has begun anew',
    setUp => {
      const first = new Map<string, string>()
      return answerEpoch((room, epoch) => {
        if (!first.has(room)) first.set(room, epoch)
        return first.get(room) ?? ''
      })(setUp)
    },
  ),
  broken(
    'tells positions in its own order',
    'positions: tells the positions of many rooms in the order of the question',
    wrong(good => ({ positions: rooms => good.positions(rooms.toSorted()) })),
  ),
  broken(
    'takes room names in lower case',
    'positions: takes room names as they are: letter case, dots and dashes count',
    wrong(good => ({ append: (room, drafts) => good.append(room.toLowerCase(), drafts) })),
  ),
  broken(
    'has an id with a colon',
    "life: has an id of 1 to 64 letters, digits and '-'",
    wrong(() => ({ id: 'log:1' })),
  ),
  broken(
    'closes only once',
    'life: settles the appends in hand when it closes, and may be closed again',
    wrong(() => {
      let closed = 0
      return {
        close() {
          closed += 1
          if (closed === 2) throw new Error('closed already')
        },
      }
    }),
  ),
  broken(
    'says that it forgets',
    'life: says that it is durable where it is',
    wrong(() => ({ durable: false })),
  ),
  broken(
    'is empty after a restart',
    'life: is the same log after a restart: id, epochs, positions, messages',
    goodLog,
    (_, setUp) => goodLog(setUp),
  ),
  broken(
    'forgets ids in a restart',
    'life: goes on after a restart: numbers, known ids, times',
    goodLog,
    log => ({
      ...log,
      append: (room, drafts) =>
        log.append(
          room,
          drafts.map(draft => withId(draft, secret())),
        ),
    }),
  ),
  broken(
    'answers what a restart takes away',
    'life: has after a close what was appended before it',
    goodLog,
    (_, setUp) => goodLog(setUp),
  ),
]
