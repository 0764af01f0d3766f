import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { privateFolder } from './folder.ts'
import { findOrInstall } from './service.ts'

const run = promisify(execFile)

/** A certificate and its private key, in PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/** A certificate authority of a test's own, which nobody else knows. */
export interface Authority {
  /** The file of its own certificate, in PEM. */
  readonly file: string
  readonly cert: string
  /** Signs a certificate for one host, good for a day; or one whose day was yesterday. */
  issue(host: string, options?: { readonly expired?: boolean }): Promise<Certificate>
  /** Removes its files. */
  remove(): void
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Makes an authority. Nothing of it outlives the test: a certificate that is checked in expires one day. */
export async function authority(): Promise<Authority> {
  const openssl = await findOrInstall({ name: 'OpenSSL', commands: ['openssl'], packages: ['openssl'] })
  const folder = privateFolder('authority')
  const at = (name: string): string => join(folder.path, name)
  const call = (...args: string[]) => run(openssl, args, { cwd: folder.path, timeout: 60_000 })
  const self = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1', '-subj', '/CN=made for a test']
  await call('req', '-x509', ...KEY, ...self)
  let issued = 0
  return {
    file: at('ca.pem'),
    cert: readFileSync(at('ca.pem'), 'utf8'),
    async issue(host, { expired = false } = {}) {
      const name = `${(issued += 1)}`
      writeFileSync(at(`${name}.ext`), `subjectAltName=DNS:${host}\n`)
      await call(
        'req',
        '-new',
        ...KEY,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
        '-subj',
        `/CN=${host}`,
      )
      const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-set_serial', name, '-days', expired ? '-1' : '1']
      await call(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        ...signer,
        '-extfile',
        `${name}.ext`,
        '-out',
        `${name}.pem`,
      )
      return { cert: readFileSync(at(`${name}.pem`), 'utf8'), key: readFileSync(at(`${name}.key`), 'utf8') }
    },
    remove() {
      folder.remove()
    },
  }
}
