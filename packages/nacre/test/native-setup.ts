import { afterAll, expect, vi } from 'vitest';
import { replaceDevice } from '../src/tensor/engine.ts';
import { collectedPrograms } from './native/batch.ts';
import { storeCollected } from './native/collection.ts';

vi.mock('../src/tensor/backends/tiers.node.ts', () => import('./native/batch.ts'));

// `NACRE_TIER=native npx vitest run`: what the tests ask of WebAssembly, compiled C does.
replaceDevice('wasm', 'native');

if (process.env.NACRE_BATCH === 'collect') {
  afterAll(() => storeCollected(expect.getState().testPath ?? '', collectedPrograms()));
}
