/**
 * Turns the bytes of a terminal into what the user did. Pure: time is the caller's.
 *
 * Written for this client because the usual parsers hand over "hi" and the Enter that came in the same read as one
 * event, and wait for the end of a paste for ever.
 */

/** One act of the user. */
export type InputEvent =
  /** Typed characters, none of them a control character. */
  | { readonly kind: 'text'; readonly text: string }
  /** A key by its chord: `enter`, `ctrl+a`, `alt+1`, `shift+tab`, `alt+enter`, `pageup`. */
  | { readonly kind: 'key'; readonly key: string }
  /** Pasted text, its line breaks as LF. */
  | { readonly kind: 'paste'; readonly text: string }

const ESC = '\x1b'
const PASTE_START = `${ESC}[200~`
const PASTE_END = `${ESC}[201~`
/** Longest paste in UTF-16 units: a terminal that never ends one must not fill the memory. */
const MAX_PASTE = 1_048_576
/** Longest escape sequence that is waited for. */
const MAX_SEQUENCE = 4_096

const FINAL_KEYS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  Z: 'shift+tab',
}
const TILDE_KEYS: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
}
const CODE_KEYS: Readonly<Record<number, string>> = {
  8: 'backspace',
  9: 'tab',
  10: 'ctrl+j',
  13: 'enter',
  27: 'escape',
  127: 'backspace',
}

/** What an incomplete input waits for: the rest of a sequence (or it was Escape alone), or the end of a paste. */
export type Waiting = 'nothing' | 'sequence' | 'paste'

/** Decodes one terminal's input, read by read. */
export class InputDecoder {
  #rest = ''
  #paste: string | undefined
  /** A paste over the limit was handed over, and its remainder is thrown away. */
  #overflowed = false

  /** What would complete the input so far. The caller gives up after a time of its choice and calls `flush`. */
  get waiting(): Waiting {
    if (this.#paste !== undefined) return 'paste'
    return this.#rest === '' ? 'nothing' : 'sequence'
  }

  /** Takes one read. */
  push(read: string): InputEvent[] {
    const events: InputEvent[] = []
    let input = this.#rest + read
    this.#rest = ''
    while (input !== '') {
      if (this.#paste !== undefined) {
        input = this.#takePaste(this.#paste + input, events)
        continue
      }
      const escape = input.indexOf(ESC)
      if (escape !== 0) {
        const plain = escape === -1 ? input : input.slice(0, escape)
        events.push(...decodePlain(plain))
        input = input.slice(plain.length)
        continue
      }
      const length = sequenceLength(input)
      if (length === undefined) {
        this.#rest = input
        break
      }
      const sequence = input.slice(0, length)
      input = input.slice(length)
      if (sequence === PASTE_START) this.#paste = ''
      else {
        const key = decodeSequence(sequence)
        if (key) events.push({ kind: 'key', key })
      }
    }
    return events
  }

  /** Gives up waiting: an unfinished paste is a paste, and an unfinished sequence is what its characters say. */
  flush(): InputEvent[] {
    const events: InputEvent[] = []
    if (this.#paste !== undefined) this.#endPaste(this.#paste, events)
    const rest = this.#rest
    this.#rest = ''
    if (rest === ESC) events.push({ kind: 'key', key: 'escape' })
    else if (rest.length === 2) events.push({ kind: 'key', key: `alt+${rest.slice(1)}` })
    return events
  }

  #takePaste(input: string, events: InputEvent[]): string {
    const end = input.indexOf(PASTE_END)
    if (end !== -1) {
      this.#endPaste(input.slice(0, end), events)
      return input.slice(end + PASTE_END.length)
    }
    if (input.length > MAX_PASTE) {
      if (!this.#overflowed) events.push({ kind: 'paste', text: withLineFeeds(input.slice(0, MAX_PASTE)) })
      this.#overflowed = true
      // The end marker may be cut by the read: its beginning has to stay.
      this.#paste = input.slice(-PASTE_END.length)
    } else this.#paste = input
    return ''
  }

  #endPaste(text: string, events: InputEvent[]): void {
    if (!this.#overflowed && text !== '') events.push({ kind: 'paste', text: withLineFeeds(text) })
    this.#overflowed = false
    this.#paste = undefined
  }
}

const withLineFeeds = (text: string): string => text.replaceAll(/\r\n?/g, '\n')

/** Characters that came without an escape sequence. */
function decodePlain(input: string): InputEvent[] {
  const breaks = input.match(/\r\n|[\r\n]/g)?.length ?? 0
  // Nobody types two lines within one read: this is a paste in a terminal that does not mark pastes.
  if (breaks >= 2 && /[^\r\n][\r\n]+[^\r\n]/.test(input))
    return [{ kind: 'paste', text: withLineFeeds(input) }]
  const events: InputEvent[] = []
  // oxlint-disable-next-line no-control-regex -- runs of text, and control characters one by one
  for (const [part] of input.matchAll(/[^\x00-\x1f\x7f]+|[\x00-\x1f\x7f]/g)) {
    const key = controlKey(part)
    events.push(key === undefined ? { kind: 'text', text: part } : { kind: 'key', key })
  }
  return events
}

/** The key that sends this control character. */
function controlKey(character: string): string | undefined {
  const code = character.charCodeAt(0)
  if (code >= 0x20 && code !== 0x7f) return undefined
  const known = CODE_KEYS[code]
  if (known !== undefined) return known
  return code === 0 ? 'ctrl+space' : `ctrl+${String.fromCharCode(code + 0x40).toLowerCase()}`
}

/** Units of the escape sequence that `input` starts with; undefined while it is incomplete. */
function sequenceLength(input: string): number | undefined {
  if (input.length > MAX_SEQUENCE) return input.length
  if (input.length === 1) return undefined
  const kind = input[1] ?? ''
  if (kind === '[') {
    // X10 mouse reports carry three raw bytes behind the M.
    if (input[2] === 'M') return input.length >= 6 ? 6 : undefined
    // oxlint-disable-next-line no-control-regex -- CSI, and the Linux console's function keys
    const match = /^\x1b\[\[?[0-?]*[ -/]*[@-~]/.exec(input)
    if (match) return match[0].length
    // oxlint-disable-next-line no-control-regex -- a character that cannot continue the sequence ends it
    const broken = /[^\x20-\x7e]/.exec(input.slice(2))
    return broken ? 2 + broken.index : undefined
  }
  if (kind === 'O') return input.length >= 3 ? 3 : undefined
  if (kind === ']' || kind === 'P' || kind === '_' || kind === '^') {
    // Replies of the terminal; they end with BEL or ST.
    // oxlint-disable-next-line no-control-regex -- as said
    const end = /\x07|\x1b\\/.exec(input.slice(2))
    return end ? 2 + end.index + end[0].length : undefined
  }
  // Alt and a key, which may be a character of two units. Two escapes are Alt and an arrow, or Escape twice.
  if (kind === ESC) {
    const inner = sequenceLength(input.slice(1))
    return inner === undefined ? undefined : inner + 1
  }
  return 1 + String.fromCodePoint(input.codePointAt(1) ?? 0).length
}

/** The chord of a complete sequence; undefined for mouse, focus and position reports and what else is no key. */
function decodeSequence(sequence: string): string | undefined {
  if (sequence.startsWith(ESC + ESC)) {
    const inner = decodeSequence(sequence.slice(1))
    return inner === undefined ? undefined : `alt+${inner}`
  }
  // oxlint-disable-next-line no-control-regex -- CSI and SS3
  const match = /^\x1b(?:\[|O)([0-9;:]*)([A-Za-z~])$/.exec(sequence)
  if (match) {
    const [, parameters = '', final = ''] = match
    const numbers = parameters.split(';').map(each => Number.parseInt(each, 10))
    if (final === 'u') return withModifiers(keyOfCode(numbers[0] ?? 0), numbers[1])
    if (final === '~' && numbers[0] === 27) return withModifiers(keyOfCode(numbers[2] ?? 0), numbers[1])
    const key = final === '~' ? TILDE_KEYS[String(numbers[0])] : FINAL_KEYS[final]
    // With parameters but no modifier this is a report (a position ends with R, focus has none).
    return key === undefined ? undefined : withModifiers(key, numbers[1])
  }
  const alone = sequence.slice(1)
  if (alone === '' || /^[[\]OP_^]./.test(alone)) return undefined
  const control = controlKey(alone)
  return `alt+${control ?? alone}`
}

const keyOfCode = (code: number): string | undefined =>
  CODE_KEYS[code] ?? (code > 0x20 && code < 0x7f ? String.fromCodePoint(code).toLowerCase() : undefined)

/** Modifiers as xterm counts them: 1 plus shift 1, alt 2, ctrl 4. */
function withModifiers(key: string | undefined, modifiers = 1): string | undefined {
  if (key === undefined || !Number.isFinite(modifiers)) return key
  const bits = modifiers - 1
  return `${bits & 4 ? 'ctrl+' : ''}${bits & 2 ? 'alt+' : ''}${bits & 1 ? 'shift+' : ''}${key}`
}
