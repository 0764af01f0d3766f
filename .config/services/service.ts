/**
 * The programs that tests talk to. Each one (rabbitmq.ts, tmux.ts, …) is looked for in the same order: the
 * address that the environment gives, the installed program, an installation by apt-get where we are root on
 * Debian, and else an error whose one line says what would help. Nothing is ever skipped.
 */
import { installWithApt } from './apt.ts'
import { findProgram, launch, type Launched } from './process.ts'
import { freePort, portClosed, portOpen } from './ports.ts'
import { privateFolder } from './folder.ts'

/** How a program is found. */
export interface Program {
  /** As people write it, for example `RabbitMQ`. */
  readonly name: string
  /** The environment variable that names one which runs already, for example `HUBBUB_TEST_AMQP_URL`. */
  readonly variable?: string
  /** Where it may be: names that are looked for in PATH, or absolute paths. The first that exists wins. */
  readonly commands: readonly string[]
  /** The Debian packages that bring it. */
  readonly packages: readonly string[]
}

/** A service that runs, with its address. */
export interface Service {
  readonly name: string
  readonly origin: 'environment' | 'started'
  readonly url: string
  readonly port: number
  /** Kills it with SIGKILL, as a power cut would. Resolves when its port is closed. */
  kill(): Promise<void>
  /** Starts it again after `kill()`, on the same port and data. Resolves when it answers. */
  start(): Promise<void>
  /** Ends it and removes its folder. Idempotent; does nothing to a service that the environment gave. */
  stop(): Promise<void>
}

/** What is needed to run a program as a service of its own. */
export interface Recipe {
  readonly program: Program
  /** Ports that it needs besides the one that clients use. @default 0 */
  readonly extraPorts?: number
  /** Called once with a fresh folder: writes configuration, creates a data directory. */
  prepare?(place: Place): void | Promise<void>
  /** How it is started, the first time and after every `kill()`. */
  command(place: Place): {
    readonly args: readonly string[]
    readonly env?: NodeJS.ProcessEnv
    /** Another command than the one that was found. */
    readonly path?: string
    /** The user to run as, for programs that refuse root. */
    readonly uid?: number
    readonly gid?: number
  }
  url(place: Place): string
}

/** Where a service of our own lives. */
export interface Place {
  /** The program that was found. */
  readonly path: string
  readonly folder: string
  readonly port: number
  readonly extraPorts: readonly number[]
}

/** The program's path, after installing it if that is possible. Throws the line that would help. */
export async function findOrInstall(program: Program): Promise<string> {
  const found = findProgram(program.commands)
  if (found) return found
  const refused = await installWithApt(program.name, program.packages)
  const installed = findProgram(program.commands)
  if (installed) return installed
  const given = program.variable ? `, or set ${program.variable} to the address of one that runs` : ''
  throw new Error(
    `${program.name} is needed by these tests and was not found: ${refused ?? 'the installation brought none of its commands'}. ` +
      `Install it (Debian: sudo apt-get install ${program.packages.join(' ')}; macOS: brew install ${program.packages[0] ?? ''})${given}.`,
  )
}

/** A service at the address that the environment gives, if it gives one. */
export function fromEnvironment({ name, variable }: Program): Service | undefined {
  const address = variable === undefined ? undefined : process.env[variable]
  if (!address) return undefined
  const refuse = (act: string) => () =>
    Promise.reject(new Error(`${name} was given by ${variable}: the tests do not ${act} what is not theirs`))
  return {
    name,
    origin: 'environment',
    url: address,
    port: Number(new URL(address).port),
    kill: refuse('kill'),
    start: refuse('start'),
    stop: () => Promise.resolve(),
  }
}

/** Starts a service of our own: a private folder under `.cache/services`, private ports, gone with us. */
export async function startService(recipe: Recipe): Promise<Service> {
  const { program } = recipe
  const path = await findOrInstall(program)
  const folder = privateFolder(program.name.toLowerCase())
  const [port = 0, ...extraPorts] = await freePort(1 + (recipe.extraPorts ?? 0))
  const place: Place = { path, folder: folder.path, port, extraPorts }
  let running: Launched | undefined

  const start = async () => {
    const { args, env = {}, path = place.path, uid, gid } = recipe.command(place)
    running = launch({ command: path, args, env, folder: place.folder, uid, gid })
    try {
      await Promise.race([portOpen(port, 60_000), running.failed])
    } catch (cause) {
      running.kill()
      throw new Error(`${program.name} (${path}) did not start on port ${port}. ${running.lastLines()}`, {
        cause,
      })
    }
  }
  const kill = async () => {
    running?.kill()
    running = undefined
    await portClosed(port, 10_000)
  }
  const stop = async () => {
    await kill()
    folder.remove()
  }

  try {
    await recipe.prepare?.(place)
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return { name: program.name, origin: 'started', url: recipe.url(place), port, kill, start, stop }
}
