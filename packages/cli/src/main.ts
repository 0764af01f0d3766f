#!/usr/bin/env node
/**
 * Where `chat-cli` begins. Nothing else is imported before the version is known to be new enough, because an
 * older Node would stop at syntax that it does not know instead of saying what is wrong.
 */
import { complaintAbout } from './node-version.ts'

const complaint = complaintAbout(process.versions.node)
if (complaint === undefined) {
  // Before anything is imported: React measures every frame where this says something else.
  process.env['NODE_ENV'] = 'production'
  const { start } = await import('./start.ts')
  await start()
} else {
  process.stderr.write(`${complaint}\n`)
  process.exitCode = 1
}
