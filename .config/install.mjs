/**
 * Makes a clone ready to run: installs the locked dependencies when they are missing or older than the
 * lockfile, and builds the packages named as arguments where their build is stale. Runs before `npm start`,
 * `npm test` and `npm run check` on whatever Node the machine has; those then find the pinned Node first on
 * their PATH. Needs nothing but the standard library of Node 18.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const modules = `${root}node_modules/`
const changed = file => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

function run(command, args, cwd) {
  // Standard output belongs to the command that follows (`tail --json` is piped), so chatter goes to stderr.
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

if (changed(`${modules}.package-lock.json`) < changed(`${root}package-lock.json`)) {
  const npm = process.env.npm_execpath ?? 'npm'
  const [command, ...args] = /\.[cm]?js$/.test(npm) ? [process.execPath, npm] : [npm]
  console.error('Installing the locked dependencies (once) …')
  run(command, [...args, 'ci', '--loglevel=error'], root)
}

const pinned = `node-${process.platform}-${process.arch}/bin/node`
if (!existsSync(`${modules}.bin/node`)) {
  // npm 11.0 and older skip this link when they skip the packages of other platforms.
  if (existsSync(modules + pinned)) symlinkSync(`../${pinned}`, `${modules}.bin/node`)
  else if (Number.parseInt(process.versions.node, 10) < 22) {
    console.error(
      `Node ${process.versions.node} is too old, and none is pinned for this machine: use Node 22.18 or newer.`,
    )
    process.exit(1)
  }
}

const newest = folder =>
  Math.max(
    0,
    ...readdirSync(folder, { recursive: true }).map(file => changed(`${folder}/${file}`)),
    ...['package.json', 'tsup.config.ts'].map(file => changed(`${folder}/../${file}`)),
  )
for (const name of process.argv.slice(2)) {
  const folder = `${root}packages/${name}`
  if (changed(`${folder}/dist/main.js`) >= newest(`${folder}/src`)) continue
  const node = existsSync(`${modules}.bin/node`) ? `${modules}.bin/node` : process.execPath
  run(node, [`${modules}tsup/dist/cli-default.js`, '--silent'], folder)
}
