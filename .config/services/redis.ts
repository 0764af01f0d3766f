import { fromEnvironment, startService, type Program, type Service } from './service.ts'

const program: Program = {
  name: 'Redis',
  variable: 'HUBBUB_TEST_REDIS_URL',
  commands: ['redis-server', 'valkey-server'],
  packages: ['redis-server'],
}

/**
 * A Redis for tests, without persistence. With `own`, one that the test may kill and restart, whatever the
 * environment gives; else the one that `HUBBUB_TEST_REDIS_URL` names, if it names one. The caller stops it.
 */
export function redis({ own = false }: { readonly own?: boolean } = {}): Promise<Service> {
  const given = own ? undefined : fromEnvironment(program)
  if (given) return Promise.resolve({ ...given, port: given.port || 6379 })
  return startService({
    program,
    command: ({ folder, port }) => ({
      args: [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--save',
        '',
        '--appendonly',
        'no',
      ],
    }),
    url: ({ port }) => `redis://127.0.0.1:${port}`,
  })
}
