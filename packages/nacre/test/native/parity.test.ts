import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { setDevice } from '../../src/tensor/engine.ts';
import {
  checkLayer,
  checkOptimizer,
  type LayerCase,
  type OptimizerCase,
  subjectOf,
} from '../parity/cases.ts';
import { missing as notThere, waiting } from '../parity/waiting.ts';
import { compileAll, missing } from './batch.ts';

vi.mock('../../src/tensor/backends/tiers.node.ts', () => import('./batch.ts'));

interface Check {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Cases of a file in `test/parity`: the first of each layer or optimizer, but for those that wait. `npm run test:native` runs them all. */
function firsts<C extends { readonly name: string }>(
  kind: string,
  file: string,
  check: (given: C) => Promise<void>,
): Check[] {
  const seen = new Set<string>();
  return readFileSync(new URL(`../parity/${file}`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as C)
    .flatMap((given) => {
      const name = `${kind} ${given.name}`;
      const subject = subjectOf(given);
      const waits =
        subject in notThere || [name, `native: ${name}`, `wasm: ${name}`].some((key) => key in waiting);
      if (waits || seen.has(subject)) return [];
      seen.add(subject);
      return [{ name, run: () => check(given) }];
    });
}

const checks = [
  ...firsts<LayerCase>('layer', 'more/layers.jsonl', checkLayer),
  ...firsts<OptimizerCase>('optimization', 'more/optimizers.jsonl', checkOptimizer),
];

describe.skipIf(missing)(`PyTorch agrees with C${missing && `: ${missing}`}`, () => {
  beforeAll(async () => {
    await compileAll(async () => {
      setDevice('native');
      for (const { run } of checks) await run();
    });
    setDevice('native');
  }, 600_000);
  afterAll(() => setDevice('wasm'));

  for (const { name, run } of checks) it(name, run);
});
