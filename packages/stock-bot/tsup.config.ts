import { defineConfig, type Options } from 'tsup'

const shared: Options = { format: 'esm', target: 'node22', removeNodeProtocol: false, sourcemap: true }

export default defineConfig([
  {
    ...shared,
    entry: [
      'src/index.ts',
      'src/broker/amqp.ts',
      'src/otel/index.ts',
      'src/prometheus/index.ts',
      'src/testing/index.ts',
    ],
  },
  {
    ...shared,
    entry: ['src/main.ts'],
    // What only the binary needs comes with the binary: whoever imports the library installs none of it.
    noExternal: ['amqplib', 'commander', 'pino', 'prom-client', '@opentelemetry/api', '@hubbub/hub'],
    esbuildOptions(options) {
      options.conditions = ['@hubbub/source']
    },
    banner: {
      // amqplib is CommonJS and requires modules of Node's.
      js: "import { createRequire as hubbubRequire } from 'node:module'; const require = hubbubRequire(import.meta.url);",
    },
  },
])
