import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/client/index.ts',
    'src/transports/ws/index.ts',
    'src/transports/memory.ts',
    'src/logs/sqlite/index.ts',
    'src/amqp/index.ts',
    'src/testing/index.ts',
  ],
  format: 'esm',
  target: 'node22',
  sourcemap: true,
  clean: true,
})
