import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/http/index.ts', 'src/redis/index.ts', 'src/testing/index.ts'],
  format: 'esm',
  target: 'node22',
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
})
