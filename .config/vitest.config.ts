import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

/** Resolves `@hubbub/*` to its TypeScript sources, so tests need no build. */
const conditions = ['@hubbub/source', ...defaultServerConditions]

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
