import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/broker/amqp.ts', 'src/testing/index.ts', 'src/main.ts'],
  format: 'esm',
  target: 'node22',
  sourcemap: true,
  clean: true,
})
