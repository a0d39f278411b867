import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FitOptions, fit } from '../fit.ts';
import { directions, smallNetwork, smallTraining } from '../testing.ts';
import { CSVLogger, JSONLinesLogger } from './index.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-loggers-'));
  path = join(folder, 'log');
});
afterEach(() => rm(folder, { recursive: true }));

const data = directions(32);

async function train(
  callback: NonNullable<FitOptions['callbacks']>[number],
  options: Partial<FitOptions> = {},
) {
  const model = smallNetwork();
  return fit(model, data, { ...smallTraining(model), epochs: 2, callbacks: [callback], ...options });
}

const lines = async (): Promise<string[]> => (await readFile(path, 'utf8')).trimEnd().split('\n');

describe('CSVLogger', () => {
  it('has each epoch once, also where a training goes on from an earlier state', async () => {
    const { state } = await train(new CSVLogger(path), { epochs: 1 });
    const whole = await train(new CSVLogger(path), { epochs: 3 });
    await train(new CSVLogger(path), { epochs: 2, resume: state });
    const [heading, first, second, ...more] = await lines();
    expect(heading).toBe('epoch,loss,accuracy,lr,seconds,stepMicroseconds');
    expect([first, second].map((line) => line.split(',')[0])).toEqual(['1', '2']);
    expect(second.split(',')[1]).toBe(String(whole.loss[1]));
    expect(more).toEqual([]);
  });

  it('adds to a file in its columns, and begins anew otherwise', async () => {
    await train(new CSVLogger(path, { separator: ';' }), { epochs: 1, metrics: [] });
    await train(new CSVLogger(path, { separator: ';', append: true }), { validation: data });
    const [heading, ...rows] = await lines();
    expect(heading).toBe('epoch;loss;lr;seconds;stepMicroseconds');
    expect(rows.map((row) => row.split(';').length)).toEqual([5, 5, 5]);
    await writeFile(path, 'epoch,speed\n');
    await train(new CSVLogger(path, { append: true }));
    expect(await lines()).toEqual(['epoch,speed', '1,', '2,']);
    await train(new CSVLogger(path));
    expect(await lines()).toHaveLength(3);
  });

  it('refuses a separator that numbers contain', () => {
    for (const separator of ['', '.', '-', 'e', '::']) {
      expect(() => new CSVLogger(path, { separator })).toThrow('a separator is one character');
    }
  });
});

describe('JSONLinesLogger', () => {
  it('writes records as they are, each epoch once', async () => {
    const { state } = await train(new JSONLinesLogger(path), { epochs: 1 });
    const { records } = await train(new JSONLinesLogger(path), { resume: state });
    expect((await lines()).map((line) => JSON.parse(line))).toEqual(records);
    await train(new JSONLinesLogger(path, { append: true }));
    expect((await lines()).map((line) => JSON.parse(line).epoch)).toEqual([1, 2, 1, 2]);
  });

  it('writes null for what is no number', async () => {
    const nan = (): number => Number.NaN;
    const logger = new JSONLinesLogger(path);
    await logger.onEpochEnd({ epoch: 1, loss: nan(), lr: 1, seconds: 1, stepMicroseconds: 1 });
    expect(JSON.parse((await lines())[0]).loss).toBeNull();
  });
});
