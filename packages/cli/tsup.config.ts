import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/main.ts'],
  format: 'esm',
  target: 'node22',
  removeNodeProtocol: false,
  // Each verb, and above all the full screen with Ink and React, is loaded when it is asked for.
  splitting: true,
  sourcemap: true,
  clean: true,
})
