import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { DataError } from '../base/errors.ts';
import { DataLoader, moduleDataset } from '../data/index.ts';
import * as nn from '../nn/index.ts';
import * as optim from '../optim/index.ts';
import { manualSeed } from '../tensor/generator.ts';
import { evaluate } from './evaluate.ts';
import { type FitOptions, fit } from './fit.ts';
import { predict } from './predict.ts';
import { bitsOf } from './testing.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nacre-fit-workers-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, 'data.mjs');
writeFileSync(
  file,
  `/** Examples that depend on their epoch; the one at \`bad\` fails. */
export default (length, bad = -1) => ({
  length,
  async get(index, epoch = 0) {
    await new Promise((resolve) => setTimeout(resolve, index % 3));
    if (index === bad) throw new RangeError('the picture is torn');
    return [Float32Array.of(index / length, epoch), index % 2, 1 + (index % 3)];
  },
});
`,
);
const open = (...args: number[]) => moduleDataset(pathToFileURL(file), { args });

/** A training with batches that so many threads make; none: made here. */
async function train(workers: number, bad = -1, options: Partial<FitOptions> = {}) {
  manualSeed(1);
  const model = new nn.Linear(2, 2);
  const loader = new DataLoader(await open(24, bad), { batchSize: 5, shuffle: true, seed: 3, workers });
  const validation = new DataLoader(await open(10), { batchSize: 4, workers });
  try {
    const { records } = await fit(model, loader, {
      optimizer: new optim.SGD(model.parameters(), { lr: 0.1 }),
      loss: 'crossEntropy',
      metrics: ['accuracy'],
      epochs: 3,
      validation,
      verbose: false,
      ...options,
    });
    const measured = await evaluate(model, validation, { loss: 'crossEntropy' });
    const outputs = await (await predict(model, validation)).tolist();
    const numbers = records.map(({ loss, accuracy, valLoss }) => [loss, accuracy, valLoss]);
    return { numbers, measured, outputs, bits: await bitsOf(model.stateDict()) };
  } finally {
    loader.close();
    validation.close();
  }
}

describe('fit with threads that make the batches', () => {
  it.each([1, 2, 3])('gives the same bits as without: %d', async (workers) => {
    expect(await train(workers)).toEqual(await train(0));
  });

  it.each([0, 2])('throws what went wrong with an example, and where: %d threads', async (workers) => {
    const told: string[] = [];
    const callbacks = [{ onTrainEnd: () => void told.push('end'), close: () => void told.push('close') }];
    const error = (await train(workers, 13, { callbacks }).catch((caught: unknown) => caught)) as DataError;
    expect(error).toBeInstanceOf(DataError);
    const where = workers > 0 ? ' in a worker' : '';
    expect(error.message).toBe(`DataLoader: example 13 failed${where}: the picture is torn`);
    expect(error.cause).toMatchObject({ name: 'RangeError', message: 'the picture is torn' });
    expect((error.cause as Error).stack).toContain('data.mjs');
    expect(told).toEqual(['close']);
  });

  it('goes on with the same loader after a failure, and after a stop in the middle of an epoch', async () => {
    const loader = new DataLoader(await open(24), { batchSize: 2, workers: 2 });
    const run = (options: Partial<FitOptions>) => {
      manualSeed(1);
      const model = new nn.Linear(2, 2);
      const optimizer = new optim.SGD(model.parameters(), { lr: 0.1 });
      return fit(model, loader, { optimizer, loss: 'crossEntropy', epochs: 2, verbose: false, ...options });
    };
    const whole = await run({});
    const fails = { onProgress: () => Promise.reject(new Error('the disk is full')) };
    await expect(run({ callbacks: [fails] })).rejects.toThrow('the disk is full');
    const abort = new AbortController();
    const stopped = await run({ signal: abort.signal, callbacks: [{ onProgress: () => abort.abort() }] });
    expect(stopped.interrupted).toBe(true);
    expect((await run({})).loss).toEqual(whole.loss);
    loader.close();
  });

  // Nobody calls close() here: threads alone must not keep a program from ending.
  it.each([
    ['a whole training', -1, 'loss 2'],
    ['a failed one', 13, 'example 13 failed in a worker: the picture is torn (RangeError)'],
    ['one that was stopped', -2, 'stopped'],
  ])('lets the program end after %s', async (_, bad, expected) => {
    const script = path.join(folder, `main${bad}.mts`);
    const library = JSON.stringify(new URL('../index.ts', import.meta.url).href);
    writeFileSync(
      script,
      `import { DataLoader, fit, moduleDataset, nn, optim } from ${library};
const data = await moduleDataset(${JSON.stringify(pathToFileURL(file).href)}, { args: [24, ${bad}] });
const loader = new DataLoader(data, { batchSize: 5, workers: 2 });
const model = new nn.Linear(2, 2);
const abort = new AbortController();
try {
  const { loss, interrupted } = await fit(model, loader, {
    optimizer: new optim.SGD(model.parameters()), loss: 'crossEntropy', epochs: 2, verbose: false, signal: abort.signal,
    callbacks: [{ onProgress: () => void (${bad} === -2 && abort.abort()) }],
  });
  console.log(interrupted ? 'stopped' : \`loss \${loss.length}\`);
} catch (error) {
  console.log(\`\${error.message} (\${error.cause.name})\`);
}
`,
    );
    const args = ['--conditions=nacre-source', '--import', 'tsx', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
    expect(stdout).toContain(expected);
  });
});
