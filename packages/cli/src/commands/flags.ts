/** The flags that several verbs share, each checked where it is read: a wrong one never gets further. */
import { isRoomName } from '@hubbub/hub'
import { Argument, InvalidArgumentError, Option } from 'commander'
import { CliError, Exit } from '../exit.ts'
import { isGuestName } from '../net/guest-name.ts'

/** Where `serve` listens and all else connects, unless told otherwise. */
export const DEFAULT_HOST = '127.0.0.1'
export const DEFAULT_PORT = 4480

const ROOM_FORM = "A room's name has 1–64 letters, digits, '-', '_' or '.'."

/** `--url`: which server a client connects to. */
export const urlFlag = (): Option =>
  new Option('--url <address>', 'the server')
    .default(`ws://${DEFAULT_HOST}:${DEFAULT_PORT}`)
    .argParser(readUrl)

/** The same as an argument, for those who type it. */
export const addressArgument = (): Argument =>
  new Argument('[address]', 'the server, instead of --url').argParser(readUrl)

/** `--room`: the room to be in. */
export const roomFlag = (): Option =>
  new Option('--room <name>', 'the room').default('general').argParser(readRoom)

/** `--name`: who to be. */
export const nameFlag = (): Option =>
  new Option(
    '--name <name>',
    'your name (default: the name of your account, with -2, -3 … where taken)',
  ).argParser(readName)

/** `--quotes`: where quotes come from. Its value is checked by whoever makes the sources. */
export const quotesFlag = (preset: string): Option =>
  new Option(
    '--quotes <list>',
    'quote sources, tried in turn: stooq, finnhub, sample, or the address of a Stooq-compatible server',
  ).default(preset)

/** A port to listen on; 0 takes a free one. */
export function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a whole number from 0 (any free port) to 65535.')
}

/** An address to listen on. An empty one, from a variable that is not set, would mean every address. */
export function readHost(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('An address of this machine: 127.0.0.1, or 0.0.0.0 for all of them.')
}

/** A WebSocket address. What was given instead is not repeated, since it may hold a password. */
function readUrl(text: string): string {
  const url = URL.parse(text)
  if (url && /^wss?:$/.test(url.protocol) && url.host !== '') return text
  throw new CliError(Exit.usage, 'A server has an address like ws://127.0.0.1:4480 or wss://chat.example.')
}

function readRoom(text: string): string {
  if (isRoomName(text)) return text
  throw new InvalidArgumentError(ROOM_FORM)
}

/** Rooms, separated by commas. */
export function readRooms(text: string): string[] {
  const rooms = text.split(',').map(room => room.trim())
  for (const room of rooms)
    if (!isRoomName(room))
      throw new InvalidArgumentError(`${JSON.stringify(room)} cannot be a room. ${ROOM_FORM}`)
  return rooms
}

function readName(text: string): string {
  if (isGuestName(text)) return text
  throw new InvalidArgumentError('A name has 1–32 characters, none of them control, bidi or zero-width.')
}

/** One more origin of web pages that may connect. */
export function readOrigin(text: string, before: readonly string[] = []): string[] {
  const url = URL.parse(text)
  if (text === '*' || (url && /^https?:$/.test(url.protocol) && url.origin === text)) return [...before, text]
  throw new InvalidArgumentError(
    'An origin looks like https://chat.example (no path), or is * for all pages.',
  )
}

/** The address of RabbitMQ. What was given instead is not repeated, since it may hold a password. */
export function readAmqp(text: string): string {
  const url = URL.parse(text)
  if (url && /^amqps?:$/.test(url.protocol) && url.hostname !== '') return text
  const form = 'amqp://user:password@host:5672/vhost, or amqps:// for TLS'
  throw new CliError(Exit.usage, `--amqp takes an address like ${form}.`)
}

/** A message's number in its room. */
export function readSeq(text: string): number {
  const seq = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(seq)) return seq
  throw new InvalidArgumentError('It is the number of a message: a whole number from 0.')
}
