import { expect, it } from 'vitest';
import { fit } from './fit.ts';
import { type EpochRecord, History } from './history.ts';
import { directions, smallNetwork, smallTraining } from './testing.ts';

const record = (epoch: number, numbers: Record<string, number | string>): EpochRecord => ({
  epoch,
  loss: 1 / epoch,
  lr: 0.1,
  seconds: 1.25,
  stepMicroseconds: 12.5,
  ...numbers,
});

const history = new History(
  [
    record(1, { accuracy: 0.5, valLoss: 2 }),
    record(2, { accuracy: Number.NaN, valLoss: 1.5 }),
    record(3, { accuracy: 0.75, valLoss: Number.POSITIVE_INFINITY, warning: 'the valLoss is Infinity' }),
    record(4, { accuracy: 0.75, valLoss: 1.5 }),
  ],
  false,
  'enough',
);

it.each([
  [undefined, undefined, 2],
  ['loss', undefined, 4],
  ['accuracy', undefined, 3],
  ['accuracy', 'min', 1],
  ['valLoss', 'max', 3],
] as const)('best(%s, %s) is epoch %i', (name, mode, epoch) => {
  expect(history.best(name, mode).epoch).toBe(epoch);
});

it('best knows by their names which numbers are scores', () => {
  const values = [0.2, 0.4, 0.1];
  const bestOf = (name: string): number =>
    new History(
      values.map((value, i) => record(i + 1, { [name]: value })),
      false,
      undefined,
    ).best(name).epoch;
  for (const name of ['valRocAuc', 'recall3', 'f1', 'f1Score', 'valR2', 'averagePrecision'])
    expect(bestOf(name)).toBe(2);
  for (const name of ['valBrierScore', 'perplexity', 'meanSquaredError']) expect(bestOf(name)).toBe(3);
});

it('best refuses a number that no epoch has', () => {
  expect(() => history.best('f1')).toThrow("no epoch has a number 'f1'. Known are: epoch, loss, lr");
  expect(() => new History([], true, undefined).best()).toThrow('No epoch was finished');
  expect(() => history.best('loss', 'most' as never)).toThrow("mode is 'min' or 'max', got 'most'");
});

it('is lists of numbers by their names', () => {
  expect(history.toObject()).toMatchObject({ epoch: [1, 2, 3, 4], accuracy: [0.5, Number.NaN, 0.75, 0.75] });
  expect(Object.keys(history.toObject())).not.toContain('warning');
});

it('goes through JSON, numbers that are not finite too', () => {
  for (const json of [JSON.stringify(history), JSON.parse(JSON.stringify(history)), history]) {
    const read = History.fromJSON(json);
    expect(read.records).toEqual(history.records);
    expect([read.interrupted, read.stopped]).toEqual([false, 'enough']);
    expect(() => read.state).toThrow('has no state to go on from');
  }
});

it.each<[string, string | object]>([
  ['this is no JSON', '{'],
  ['this is no history', 'null'],
  ['this is no history', '{"records":[{"epoch":1}],"interrupted":false}'],
  ['this is no history', []],
])('refuses: %s: %j', (message, json) => {
  expect(() => History.fromJSON(json)).toThrow(message);
});

it('is a table as text', () => {
  expect(String(history).split('\n')).toEqual([
    'epoch    loss   lr  seconds  stepMicroseconds  accuracy   valLoss',
    '    1       1  0.1      1.3                13       0.5         2',
    '    2     0.5  0.1      1.3                13       NaN       1.5',
    '    3  0.3333  0.1      1.3                13      0.75  Infinity',
    '    4    0.25  0.1      1.3                13      0.75       1.5',
  ]);
});

it('of a training has the state it ended in', async () => {
  const model = smallNetwork();
  const { state } = await fit(model, directions(8), smallTraining(model));
  expect(state.content.position.epoch).toBe(2);
});
