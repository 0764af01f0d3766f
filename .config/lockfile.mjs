/** Fails when the lockfile names a registry host, lacks an integrity, or lacks a platform's optional package. */
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(process.argv[2] ?? 'package-lock.json', 'utf8'))
const problems = []

/** What Node would resolve `name` to from `folder`: the nearest entry, walking up. */
function resolve(folder, name) {
  for (let dir = folder; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf('/node_modules/')))) {
    const found = packages[`${dir ? `${dir}/` : ''}node_modules/${name}`]
    if (found || dir === '') return found
    if (!dir.includes('/node_modules/')) dir = ''
    if (dir === '') return packages[`node_modules/${name}`]
  }
}

for (const [path, entry] of Object.entries(packages)) {
  if (/^https?:/.test(entry.resolved ?? '')) problems.push(`${path} names a registry host`)
  if (path.includes('node_modules/') && !entry.link && !entry.integrity)
    problems.push(`${path} has no integrity`)
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const found = resolve(path, name)
    if (!found) problems.push(`${path} wants ${name}@${range}, which the lockfile lacks`)
    else if (/^\d/.test(range) && found.version !== range)
      problems.push(`${path} wants ${name}@${range}, the lockfile has ${found.version}`)
  }
}

for (const problem of problems) console.error(problem)
console.log(`lockfile: ${Object.keys(packages).length} entries, ${problems.length} problems`)
process.exitCode = problems.length ? 1 : 0
