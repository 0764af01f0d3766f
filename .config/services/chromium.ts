import { startService, type Program, type Service } from './service.ts'

const program: Program = {
  name: 'Chromium',
  commands: [
    'chromium',
    'google-chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ],
  packages: ['chromium'],
}

const FLAGS = [
  '--headless',
  // Root can have no sandbox, and many containers give it to nobody; the only pages here are the tests' own.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  // It talks to this machine only: no proxy, no name that resolves, no service of its maker's.
  '--no-proxy-server',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-domain-reliability',
  '--disable-extensions',
  '--disable-quic',
  '--disable-sync',
  // It asks nobody anything: no welcome, no keyring.
  '--no-default-browser-check',
  '--no-first-run',
  '--password-store=basic',
  '--use-mock-keychain',
  // Pages that are not in front keep their timers.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
]

/**
 * A Chromium without windows, whose `url` speaks the DevTools protocol. All that it writes goes into a folder of
 * its own. The caller stops it.
 */
export function chromium(): Promise<Service> {
  return startService({
    program,
    command: ({ folder, port }) => ({
      args: [...FLAGS, `--remote-debugging-port=${port}`, `--user-data-dir=${folder}/profile`, 'about:blank'],
      // Relative, because it ends where the path of the socket that it puts there has more than 107 characters.
      env: { HOME: folder, TMPDIR: '.', XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder },
    }),
    url: ({ port }) => `http://127.0.0.1:${port}`,
  })
}
