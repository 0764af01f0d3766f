import assert from 'node:assert/strict'
import { bot, draft, type LogCase, numbers, user } from './log-probe.ts'

/** Which messages a range has. */
export const rangeCases: readonly LogCase[] = [
  {
    name: 'reads behind a place: exclusive, oldest first, as many as asked for',
    async run(probe) {
      await probe.fill(10)
      assert.deepEqual(await probe.seqs({ after: 0, limit: 3 }), [1, 2, 3])
      assert.deepEqual(await probe.seqs({ after: 4, limit: 2 }), [5, 6])
      assert.deepEqual(await probe.seqs({ after: 8, limit: 100 }), [9, 10])
      assert.deepEqual(await probe.seqs({ after: 10, limit: 100 }), [])
      assert.deepEqual(await probe.seqs({ after: 99, limit: 100 }), [])
    },
  },
  {
    name: 'reads before a place: exclusive, the last ones, in ascending order',
    async run(probe) {
      await probe.fill(10)
      assert.deepEqual(await probe.seqs({ limit: 3 }), [8, 9, 10])
      assert.deepEqual(await probe.seqs({ before: 5, limit: 3 }), [2, 3, 4])
      assert.deepEqual(await probe.seqs({ before: 3, limit: 100 }), [1, 2])
      assert.deepEqual(await probe.seqs({ before: 1, limit: 100 }), [])
      assert.deepEqual(await probe.seqs({ before: 99, limit: 2 }), [9, 10])
    },
  },
  {
    name: 'gives no message, but the position, where none is asked for',
    async run(probe) {
      await probe.fill(2)
      for (const range of [{ limit: 0 }, { after: 0, limit: 0 }, { before: 2, limit: 0 }]) {
        const { seq, oldest, messages } = await probe.read(range)
        assert.deepEqual({ seq, oldest, messages }, { seq: 2, oldest: 1, messages: [] })
      }
    },
  },
  {
    name: 'gives each message once to who turns the pages, in both directions',
    async run(probe) {
      await probe.fill(25)
      const forward: number[] = []
      const back: number[] = []
      // Seven pages have it all. A log that turns in circles is wrong, and must not keep the suite for ever.
      for (let page = 0; page < 8; page += 1) {
        forward.push(...(await probe.seqs({ after: forward.at(-1) ?? 0, limit: 4 })))
        back.unshift(...(await probe.seqs({ before: back[0] ?? 26, limit: 4 })))
      }
      assert.deepEqual(forward, numbers(1, 25))
      assert.deepEqual(back, numbers(1, 25))
    },
  },
  {
    name: 'shows what an append has been answered for',
    async run(probe) {
      for (const n of numbers(1, 5)) {
        await probe.fill(1)
        const { seq, messages } = await probe.read({ limit: 1 })
        assert.deepEqual([seq, messages[0]?.seq], [n, n])
      }
    },
  },
  {
    name: 'keeps the newest, says which is the oldest, and gives nothing older',
    needs: 'retention',
    messagesPerRoom: 3,
    async run(probe) {
      await probe.fill(10)
      const { seq, oldest } = await probe.read({ limit: 0 })
      assert.deepEqual({ seq, oldest }, { seq: 10, oldest: 8 })
      assert.deepEqual(await probe.seqs({ limit: 100 }), [8, 9, 10])
      assert.deepEqual(await probe.seqs({ after: 2, limit: 2 }), [8, 9])
      assert.deepEqual(await probe.seqs({ before: 9, limit: 100 }), [8])
      assert.deepEqual(await probe.seqs({ before: 8, limit: 100 }), [])
    },
  },
]

const TEXTS = [
  'é and e\u0301, which look alike',
  '👩‍👩‍👧‍👦 🇪🇺 🏴‍☠️',
  '𝒳'.repeat(4_000),
  'x'.repeat(4_000),
  `"double" 'single' \`back\` \\ %s $1 :name ? -- ; DROP TABLE messages`,
  'two\nlines\r\n\ttabbed \u2028 and \u2029',
  '\u0001\u001B[31m\u007F\u202E\uFEFF\uFFFD',
  ' spaces at both ends ',
  '/stock=aapl.us',
  '{"type":"message"}',
  '0',
]

/** That what comes out is what went in. */
export const textCases: readonly LogCase[] = [
  {
    name: 'gives a message back as it was, whatever its text',
    async run(probe) {
      const drafts = TEXTS.map(text => draft({ text }))
      await probe.append(...drafts)
      const messages = await probe.all()
      assert.deepEqual(
        messages.map(({ text }) => text),
        TEXTS,
      )
    },
  },
  {
    name: 'gives author, id and replyTo back as they were, and no field more',
    async run(probe) {
      const drafts = [
        draft({ id: `~ !"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}`, author: user('guest:zoë', 'Zoë 😀') }),
        draft({ author: user('', "O'Brien") }),
        draft({ author: user('bot', 'b') }),
        draft({ id: 're:1', author: bot('stock-bot'), replyTo: `it's "1"` }),
      ]
      const answers = await probe.append(...drafts)
      const expected = drafts.map((each, i) => Object.assign({ seq: i + 1, at: answers[i]?.at }, each))
      assert.deepEqual(await probe.all(), expected)
    },
  },
]
