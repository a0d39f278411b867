import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['nacre-source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['nacre-source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'bench/**/*.test.ts',
      'examples/**/*.test.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    // Bits that do not depend on when a compiler is ready; tests of the native tier choose it themselves.
    env: { NACRE_TIER: process.env.NACRE_TIER ?? 'wasm' },
    setupFiles: process.env.NACRE_TIER === 'native' ? ['packages/nacre/test/native-setup.ts'] : [],
    globalSetup: process.env.NACRE_BATCH === 'run' ? ['packages/nacre/test/native/compile.ts'] : [],
  },
});
