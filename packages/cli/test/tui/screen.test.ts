import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { people } from './support/fake-client.ts'
import { Harness, useVirtualTime } from './support/harness.tsx'

describe('the screen', () => {
  let tui: Harness

  beforeEach(() => {
    useVirtualTime()
    tui = new Harness({ columns: 80, rows: 12 })
  })

  afterEach(async () => {
    await tui.close()
    vi.useRealTimers()
  })

  it('shows that it connects, and then the room', async () => {
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general                                                       127.0.0.1:4480








      ── general · joining… ───────────────────────────────────────── ○ connecting… ──
      ›
       Enter send · Ctrl+C quit · Ctrl+G help · Ctrl+O join a room · PgUp older"
    `)
    await tui.join()
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general                                                       127.0.0.1:4480







       This is the beginning of general.
      ── general · 2 here ───────────────────────────────────────── ● online as ann ──
      ›
       Enter send · Ctrl+C quit · Ctrl+G help · Ctrl+O join a room · PgUp older"
    `)
  })

  it('shows people, bots, and what I send with its fate', async () => {
    await tui.join()
    tui.room.say(people.bob, 'morning all')
    await tui.press('hello bob\r')
    await tui.press('/stock=aapl.us\r')
    await tui.press('too fast\r')
    const [hello, command, fast] = tui.room.published
    expect([hello?.text, command?.text, fast?.text]).toEqual(['hello bob', '/stock=aapl.us', 'too fast'])
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general                                                       127.0.0.1:4480


       This is the beginning of general.
      ── Mon 23 Nov 2026 ─────────────────────────────────────────────────────────────
       12:31          bob │ morning all
       12:31          ann │ hello bob                                                ◌
       12:31          ann │ /stock=aapl.us                                           ◌
       12:31          ann │ too fast                                                 ◌
      ── general · 2 here ───────────────────────────────────────── ● online as ann ──
      ›
       Enter send · Ctrl+C quit · Ctrl+G help · Ctrl+O join a room · PgUp older"
    `)

    hello?.resolve({ kind: 'message', id: hello.id, seq: 2 })
    tui.room.say(people.ann, 'hello bob', { id: hello?.id ?? '' })
    command?.resolve({ kind: 'command', id: command.id })
    await tui.flush()
    tui.room.say(people.quotes, 'AAPL.US quote is $93.42 per share', { replyTo: command?.id ?? '' })
    fast?.reject(Object.assign(new Error('at most 10 messages a second'), { retryAfterMs: 2_000 }))
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general                                                       127.0.0.1:4480
       This is the beginning of general.
      ── Mon 23 Nov 2026 ─────────────────────────────────────────────────────────────
       12:31          bob │ morning all
       12:31          ann │ hello bob                                                ✓
       12:31          ann › /stock=aapl.us                         only you see this ✓
       12:31     ◆ quotes ┃ AAPL.US quote is $93.42 per share
       12:31          ann ✗ too fast                                                 ✗
       12:31              ✗ Not sent: at most 10 messages a second (try again in 2 s)
      ── general · 2 here ───────────────────────────────────────── ● online as ann ──
      ›
       Enter send · Ctrl+C quit · Ctrl+G help · Ctrl+O join a room · PgUp older"
    `)
  })

  it('sends the text whose Enter came in the same read, and keeps what came after', async () => {
    await tui.join()
    await tui.press('first\rsecond')
    expect(tui.room.published.map(each => each.text)).toEqual(['first'])
    expect(tui.screen.lines().at(-2)).toBe('› second')
  })

  it('inserts a paste of many lines without sending it', async () => {
    await tui.join()
    await tui.press('\x1b[200~one\rtwo\rthree\x1b[201~')
    expect(tui.room.published).toEqual([])
    expect(tui.screen.lines().slice(-5)).toMatchInlineSnapshot(`
      [
        "── general · 2 here ───────────────────────────────────────── ● online as ann ──",
        "› one",
        "  two",
        "  three",
        " Enter send · Ctrl+C clear · Ctrl+G help · Ctrl+O join a room · PgUp older",
      ]
    `)
    await tui.press('\r')
    expect(tui.room.published.map(each => each.text)).toEqual(['one\ntwo\nthree'])
  })

  it('keeps the cursor on the character that is being written', async () => {
    await tui.join()
    await tui.press('東京 ab')
    expect(tui.screen.cursor()).toEqual({ x: 9, y: 10 })
    await tui.press('\x1b[D\x1b[D\x1b[D\x1b[D')
    expect(tui.screen.cursor()).toEqual({ x: 4, y: 10 })
    await tui.press('\x01')
    expect(tui.screen.cursor()).toEqual({ x: 2, y: 10 })
  })

  it('brings back what was sent before', async () => {
    await tui.join()
    await tui.press('one\r')
    await tui.press('two\r')
    await tui.press('draft\x1b[A\x1b[A')
    expect(tui.screen.lines().at(-2)).toBe('› one')
    await tui.press('\x1b[B\x1b[B')
    expect(tui.screen.lines().at(-2)).toBe('› draft')
  })

  it('says why it reconnects, counts the seconds down, and how much is unsent', async () => {
    await tui.join()
    tui.client.pending = 2
    tui.client.set({ status: 'waiting', attempt: 3, retryInMs: 4_000, reason: 'connection lost' })
    await tui.flush()
    expect(tui.screen.lines().at(-3)).toMatch(/─ ○ reconnecting in 4 s: connection lost · ◌ 2 unsent ──$/)
    await tui.advance(2_000)
    expect(tui.screen.lines().at(-3)).toContain('reconnecting in 2 s')
    tui.client.set({ status: 'connecting', attempt: 4 })
    await tui.flush()
    expect(tui.screen.lines().at(-3)).toContain('○ connecting, attempt 4…')
    tui.client.set({ status: 'closed', code: 4403, reason: 'revoked' })
    await tui.flush()
    expect(tui.screen.lines().at(-3)).toContain('✗ disconnected: revoked')
  })

  it('names every gap', async () => {
    await tui.join()
    tui.room.say(people.bob, 'before')
    tui.room.emit('delivery', { kind: 'skipped', from: 2, to: 10 })
    tui.room.emit('delivery', { kind: 'reset', epoch: 'f', seq: 20, reason: 'epoch' })
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general                                                       127.0.0.1:4480

       This is the beginning of general.
      ── Mon 23 Nov 2026 ─────────────────────────────────────────────────────────────
       12:31          bob │ before
       12:31              ⚠ 9 messages were left out here: this terminal was too
                            slow.
       12:31              ⚠ Messages may be missing here: this room has begun a new
                            history.
      ── general · 2 here ───────────────────────────────────────── ● online as ann ──
      ›
       Enter send · Ctrl+C quit · Ctrl+G help · Ctrl+O join a room · PgUp older"
    `)
  })

  it('shows who is writing, for six seconds', async () => {
    await tui.join()
    tui.room.emit('typing', people.bob)
    tui.room.emit('typing', people.carol)
    tui.room.emit('typing', people.ann)
    await tui.flush()
    expect(tui.screen.lines().at(-3)).toContain('── general · 2 here · bob and carol are typing… ──')
    tui.room.say(people.bob, 'there')
    await tui.flush()
    expect(tui.screen.lines().at(-3)).toContain('carol is typing…')
    await tui.advance(6_000)
    expect(tui.screen.lines().at(-3)).not.toContain('typing')
  })

  it('tells the room that I write, unless it is a command', async () => {
    await tui.join()
    await tui.press('/who')
    expect(tui.room.typed).toBe(0)
    expect(tui.room.published).toEqual([])
    await tui.press('\x15hello')
    expect(tui.room.typed).toBe(1)
  })

  it('shows another room, what is new in the first, and where reading stopped', async () => {
    tui.client.list = [
      { name: 'trading', count: 12 },
      { name: 'ops', count: 1 },
    ]
    await tui.join()
    tui.room.say(people.bob, 'read')
    await tui.press('\x0f')
    await tui.press('tr\t')
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general                                                       127.0.0.1:4480



       This is the beginning of general.
      ── Mon 23 Nov 2026 ─────────────────────────────────────────────────────────────
       12:31          bob │ read
      ── Join a room
         trading  12 here
      ── general · 2 here ───────────────────────────────────────── ● online as ann ──
      join › trading
       Enter join · Esc back · Tab complete · ↑↓ choose"
    `)
    await tui.press('\r')
    tui.client.join('trading').confirm([people.ann])
    tui.room.say(people.bob, 'news')
    tui.room.say(people.bob, 'for ann')
    await tui.flush()
    expect(tui.screen.lines()[0]).toMatch(/^ 1 general !1 {2}2 trading {2,}127/)
    await tui.press('\x1ba')
    expect(await tui.look()).toMatchInlineSnapshot(`
      " 1 general   2 trading                                           127.0.0.1:4480


       This is the beginning of general.
      ── Mon 23 Nov 2026 ─────────────────────────────────────────────────────────────
       12:31          bob │ read
      ── 2 new ───────────────────────────────────────────────────────────────────────
       12:31          bob │ news
       12:31          bob ▌ for ann
      ── general · 2 here ───────────────────────────────────────── ● online as ann ──
      ›
       Enter send · Ctrl+C quit · Ctrl+G help · Ctrl+O join a room"
    `)
  })

  it('leaves a room but never the last one', async () => {
    await tui.join()
    await tui.press('\x18')
    expect(tui.screen.lines().at(-3)).toContain('This is your only room.')
    await tui.press('\x0fops\r')
    await tui.press('\x18')
    expect(tui.client.join('ops').leaves).toBe(1)
    expect(tui.screen.lines()[0]).toContain(' 1 general')
    expect(tui.screen.lines()[0]).not.toContain('ops')
  })

  it('says that a room could not be joined, or has ended', async () => {
    tui.client.online()
    tui.room.refuse(new Error('no such room'))
    await tui.flush()
    expect(tui.screen.text()).toContain('✗ You could not join this room: no such room')
    tui.room.emit('left', 'no such room')
    await tui.flush()
    expect(tui.screen.text()).not.toContain('no longer')
    await tui.press('hello\r')
    expect(tui.room.published).toEqual([])
    expect(tui.screen.lines().at(-3)).toContain('You are not in this room. Ctrl+O joins it.')
  })

  it('says that a room has ended, and joins it again', async () => {
    await tui.join()
    tui.room.emit('left', 'the room was closed')
    await tui.flush()
    expect(tui.screen.lines()[0]).toContain(' 1 general  ✗')
    expect(tui.screen.text()).toContain('✗ You are no longer in this room: the room was closed')
    tui.client.opened.clear()
    await tui.press('\x0f#general\r')
    tui.room.confirm()
    await tui.flush()
    expect(tui.screen.lines()[0]).not.toContain('✗')
    expect(tui.screen.lines().at(-3)).toContain('── general · 2 here')
  })

  it('asks the server for older messages at the top, once, and stays in place', async () => {
    tui.client.online()
    tui.room.seq = 500
    for (let count = 0; count < 12; count += 1) tui.room.say(people.bob, `n${count}`)
    tui.room.confirm()
    await tui.flush()
    expect(tui.room.histories).toEqual([])
    await tui.press('\x1b[5~\x1b[5~\x1b[5~')
    expect(tui.room.histories.map(each => each.before)).toEqual([501])
    expect(tui.screen.lines()[1]).toContain('Mon 23 Nov 2026')
    expect(tui.screen.lines().at(-3)).toMatch(/↓ 5 below, End to return/)
    const older = { ...tui.room.message(people.carol, 'older'), seq: 500 }
    tui.room.histories[0]?.resolve({ messages: [older], complete: true })
    await tui.flush()
    expect(tui.screen.lines().at(-3)).toMatch(/↓ 5 below, End to return/)
    await tui.press('\x1b[5~')
    expect(tui.screen.lines()[2]).toContain('carol │ older')
    await tui.press('\x1b[5~')
    expect(tui.room.histories).toHaveLength(1)
    await tui.press('\x1b[F')
    expect(tui.screen.text()).toContain('n11')
    expect(tui.screen.lines().at(-3)).not.toContain('below')
  })

  it('says why older messages are not to be had', async () => {
    tui.client.online()
    tui.room.say(people.bob, 'first')
    tui.room.confirm()
    await tui.press('\x1b[5~')
    tui.room.histories[0]?.reject(new Error('try later'))
    await tui.flush()
    expect(tui.screen.lines().at(-3)).toContain('Older messages could not be had: try later')
  })

  it('costs a few dozen bytes for a message on a full screen', async () => {
    await tui.join()
    for (let count = 0; count < 20; count += 1) tui.room.say(people.bob, `n${count}`)
    await tui.flush()
    const before = tui.screen.written.length
    tui.room.say(people.bob, 'one more')
    await tui.flush()
    expect(tui.screen.text()).toContain('one more')
    expect(tui.screen.written.length - before).toBeLessThan(120)
  })

  it('draws everything again on a key, for a screen that something else has written to', async () => {
    await tui.join()
    const whole = await tui.look()
    tui.screen.write('\x1b7\x1b[H\x1b[2J broadcast message from root \x1b8')
    expect(await tui.look()).not.toBe(whole)
    await tui.press('\x0c')
    expect(await tui.look()).toBe(whole)
  })

  it('shows help made from the keys, and takes it away', async () => {
    tui.screen.resize(80, 30)
    await tui.join()
    await tui.press('\x07')
    expect(tui.screen.text()).toContain('Ctrl+W, Ctrl+U, Ctrl+K   cut the word, to the start, to the end')
    await tui.press('\x1b')
    await tui.advance(100)
    expect(tui.screen.text()).not.toContain('Ctrl+W')
  })

  it('counts the characters of a long text, and does not send one that is too long', async () => {
    await tui.join()
    await tui.press(`\x1b[200~${'x'.repeat(4_001)}\x1b[201~`)
    expect(tui.screen.lines().at(-1)).toContain('4001/4000')
    await tui.press('\r')
    expect(tui.room.published).toEqual([])
    expect(tui.screen.text()).toContain('A message has at most 4000 characters; this has 4001')
  })
})
