import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

/**
 * Resolves `@hubbub/*` to its TypeScript sources, so tests need no build. Dependencies are loaded by Node, which does
 * not know `module`: what packages have there is for bundlers, and may not run.
 */
const conditions = ['@hubbub/source', ...defaultServerConditions.filter(condition => condition !== 'module')]

const folder = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))

const project = (name: string, path = `packages/${name}`) => ({
  test: {
    name,
    root: folder(path),
    include: ['test/**/*.test.{ts,tsx}'],
    testTimeout: 20_000,
    globalSetup: fileURLToPath(new URL('services/setup.ts', import.meta.url)),
  },
})

export default defineConfig({
  root: folder(''),
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    // By default one core is left free. Much of a run is waiting for servers to start, to die and to come back: on two
    // cores that would be half again as long.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      ...['hub', 'ratelimit', 'stock-bot', 'cli'].map(name => project(name)),
      project('examples', 'examples'),
    ],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.{ts,tsx}'],
      reportsDirectory: '.cache/coverage',
    },
  },
})
