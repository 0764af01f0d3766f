import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Authority, Certificate } from './certificates.ts'
import { findProgram } from './process.ts'
import { fromEnvironment, startService, type Place, type Program, type Service } from './service.ts'

const run = promisify(execFile)

const program: Program = {
  name: 'RabbitMQ',
  variable: 'HUBBUB_TEST_AMQP_URL',
  // Debian's command in PATH changes to the user `rabbitmq`, who may not write into our folder.
  commands: ['/usr/lib/rabbitmq/bin/rabbitmq-server', 'rabbitmq-server'],
  packages: ['rabbitmq-server'],
}

export interface RabbitMq extends Service {
  /** Runs `rabbitmqctl` on it and returns what that prints. Takes about a second. */
  ctl(...args: string[]): Promise<string>
  /** The address of a virtual host of its own, with nothing in it. */
  virtualHost(): Promise<string>
  /** Where it speaks TLS, if it was given a certificate; at 127.0.0.1, whatever name the certificate is for. */
  readonly tlsUrl: string | undefined
}

/** What a RabbitMQ needs to speak TLS: its certificate, and whose signatures it accepts from clients that have one. */
export interface Tls extends Certificate {
  readonly authority: Authority
}

/** Virtual hosts that exist from the start, because making one later takes a second. */
const READY_HOSTS = 8

/**
 * A RabbitMQ for tests. With `own`, one that the test may kill and restart, whatever the environment gives;
 * else the one that `HUBBUB_TEST_AMQP_URL` names, if it names one. The caller stops it.
 */
export async function rabbitmq({
  own = false,
  tls,
}: { readonly own?: boolean; readonly tls?: Tls } = {}): Promise<RabbitMq> {
  const given = own || tls ? undefined : fromEnvironment(program)
  if (given) {
    const refuse = () =>
      Promise.reject(new Error(`RabbitMQ was given by ${program.variable}: no rabbitmqctl`))
    const virtualHost = () => Promise.resolve(given.url)
    return { ...given, port: given.port || 5672, ctl: refuse, virtualHost, tlsUrl: undefined }
  }
  let place: Place | undefined
  const service = await startService({
    program,
    extraPorts: 3,
    prepare(at) {
      place = at
      writeConfiguration(at, tls)
    },
    command: at => ({ path: '/bin/sh', args: ['-c', script(), 'rabbitmq', at.path], env: environment(at) }),
    url: at => `amqp://guest:guest@127.0.0.1:${at.port}`,
  })
  const at = place
  if (!at) throw new Error('RabbitMQ was started without being prepared')
  const ctl = async (...args: string[]) => {
    const beside = join(dirname(at.path), 'rabbitmqctl')
    const command = existsSync(beside) ? beside : 'rabbitmqctl'
    const { stdout } = await run(command, ['--quiet', '--longnames', '-n', nodeName(at), ...args], {
      env: { ...process.env, ...environment(at) },
      timeout: 60_000,
    })
    return stdout
  }
  let hosts = 0
  const virtualHost = async () => {
    const name = `test-${(hosts += 1)}`
    if (hosts > READY_HOSTS) {
      await ctl('add_vhost', name)
      await ctl('set_permissions', '-p', name, 'guest', '.*', '.*', '.*')
    }
    return `${service.url}/${name}`
  }
  const tlsUrl = tls && `amqps://guest:guest@127.0.0.1:${tlsPort(at)}`
  return { ...service, ctl, virtualHost, tlsUrl }
}

const tlsPort = ({ extraPorts: [, , port = 0] }: Place) => port

const nodeName = ({ port }: Place) => `hubbub-${port}@127.0.0.1`

/** Erlang's port mapper runs in our process group, so that it ends with the broker and is nobody else's. */
function script(): string {
  const mapper = findProgram(['epmd', '/usr/lib/erlang/bin/epmd'])
  const start = mapper ? `${mapper} -port "$ERL_EPMD_PORT" -address 127.0.0.1 & ` : ''
  return `${start}exec "$1"`
}

function environment({ folder, port, extraPorts: [distribution, mapper] }: Place): NodeJS.ProcessEnv {
  return {
    HOME: folder,
    ERL_EPMD_ADDRESS: '127.0.0.1',
    // A killed `rabbitmqctl` would leave its dump wherever the tests were started.
    ERL_CRASH_DUMP_SECONDS: '0',
    ERL_EPMD_PORT: String(mapper),
    RABBITMQ_BASE: folder,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none.conf'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.config'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'none.config'),
    RABBITMQ_DIST_PORT: String(distribution),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_FEATURE_FLAGS_FILE: join(folder, 'feature_flags'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_NODENAME: nodeName({ folder, port, path: '', extraPorts: [] }),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_PLUGINS_EXPAND_DIR: join(folder, 'plugins'),
    RABBITMQ_SCHEMA_DIR: join(folder, 'schema'),
    // Two schedulers that do not spin while idle: the tests share the machine with the broker.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none',
    RABBITMQ_USE_LONGNAME: 'true',
  }
}

function writeConfiguration(at: Place, tls: Tls | undefined): void {
  const { folder, port } = at
  const hosts = Array.from({ length: READY_HOSTS }, (_, i) => `test-${i + 1}`)
  const definitions = {
    users: [{ name: 'guest', password: 'guest', tags: 'administrator' }],
    vhosts: ['/', ...hosts].map(name => ({ name })),
    permissions: ['/', ...hosts].map(vhost => ({
      user: 'guest',
      vhost,
      configure: '.*',
      write: '.*',
      read: '.*',
    })),
  }
  writeFileSync(join(folder, 'definitions.json'), JSON.stringify(definitions))
  writeFileSync(join(folder, 'enabled_plugins'), '[].\n')
  writeFileSync(
    join(folder, 'rabbitmq.config'),
    `[{rabbit, [
  {tcp_listeners, [{"127.0.0.1", ${port}}]},${tls ? tlsListener(at, tls) : ''}
  {load_definitions, "${join(folder, 'definitions.json')}"},
  {vm_memory_high_watermark, {absolute, "512MB"}},
  {disk_free_limit, "50MB"},
  {log, [{console, [{enabled, true}, {level, warning}]}, {file, [{file, false}]}]}
]}].
`,
  )
}

function tlsListener(at: Place, { authority, cert, key }: Tls): string {
  const file = (name: string): string => join(at.folder, name)
  writeFileSync(file('authority.pem'), authority.cert)
  writeFileSync(file('certificate.pem'), cert)
  writeFileSync(file('key.pem'), key)
  return `
  {ssl_listeners, [{"127.0.0.1", ${tlsPort(at)}}]},
  {ssl_options, [
    {cacertfile, "${file('authority.pem')}"},
    {certfile, "${file('certificate.pem')}"},
    {keyfile, "${file('key.pem')}"},
    {verify, verify_peer}
  ]},`
}
