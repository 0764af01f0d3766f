import { defineConfig } from 'tsup'

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/client/index.ts',
    'src/transports/ws/index.ts',
    'src/transports/stream/index.ts',
    'src/transports/memory.ts',
    'src/logs/sqlite/index.ts',
    'src/amqp/index.ts',
    'src/testing/index.ts',
  ],
  format: 'esm',
  target: 'node22',
  // `node:sqlite` has no name without the prefix, and bundlers know the others best by it.
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
})
