/** A client that loses its connection while others talk. */
import { createClient } from '@hubbub/hub/client'
import { expect, it } from 'vitest'
import { through, wire } from '../../../../.config/services/wire.ts'
import { cli, serve } from '../support/cli.ts'

const PEOPLE = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jon']

it('a client that was cut off shows the 100 messages it missed, each once and in order', async () => {
  await using server = await serve('--quotes', 'sample')
  const line = await wire(server.url)
  try {
    await using reader = cli('join', '--name', 'reader', through(server.url, line))
    await reader.says(/in general as reader/)
    line.cut()
    await reader.says(/again|reconnect|lost/i)
    const receipts = await Promise.all(
      PEOPLE.map(async name => {
        await using client = createClient({ url: server.url, name })
        const room = client.join('general')
        const seqs: number[] = []
        for (let n = 0; n < 10; n += 1) {
          const receipt = await room.publish(`${name} ${n}`)
          if (receipt.kind === 'message') seqs.push(receipt.seq)
        }
        return seqs
      }),
    )
    const seqs = receipts.flat()
    expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1))
    const order = new Map(
      PEOPLE.flatMap((name, person) =>
        Array.from({ length: 10 }, (_, n) => [receipts[person]?.[n], `${name}: ${name} ${n}`] as const),
      ),
    )
    line.mend()
    await reader.says(new RegExp(`${order.get(100)}`))
    const shown = reader
      .out()
      .trim()
      .split('\n')
      .map(text => text.replace(/^\d\d:\d\d /, ''))
    expect(shown).toEqual(Array.from({ length: 100 }, (_, index) => order.get(index + 1)))
  } finally {
    await line.stop()
  }
})
