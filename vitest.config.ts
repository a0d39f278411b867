import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['nacre-source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['nacre-source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'bench/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
