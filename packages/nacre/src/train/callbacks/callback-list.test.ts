import { describe, expect, it } from 'vitest';
import { fit } from '../fit.ts';
import { directions, smallNetwork, smallTraining } from '../testing.ts';
import type { Callback } from './callback.ts';
import { CallbackError, EarlyStopping, LambdaCallback } from './index.ts';

const data = directions(32);

async function train(callbacks: readonly Callback[]) {
  const model = smallNetwork();
  return fit(model, data, { ...smallTraining(model), epochs: 2, callbacks });
}

/** What is thrown, and the names of the callbacks that were closed. */
async function closing(...callbacks: Callback[]): Promise<{ error: unknown; closed: number[] }> {
  const closed: number[] = [];
  const watched = callbacks.map((callback, i): Callback => {
    const close = async () => {
      closed.push(i);
      await callback.close?.();
    };
    return new LambdaCallback({ ...callback, close });
  });
  const error = await train(watched).then(
    () => null,
    (reason: unknown) => reason,
  );
  return { error, closed };
}

const failing = (event: keyof Callback): Callback => ({
  [event]: () => {
    throw new TypeError(`no more ${event}`);
  },
});

describe('a callback that throws', () => {
  const events = ['onTrainBegin', 'onEpochBegin', 'onProgress', 'onEpochEnd', 'onTrainEnd', 'close'] as const;
  it.each(events)('in %s ends the training, and all are closed', async (event) => {
    const { error, closed } = await closing({}, failing(event), {});
    expect(error).toBeInstanceOf(CallbackError);
    expect((error as Error).message).toBe(
      `fit: the callback LambdaCallback failed in ${event}: no more ${event}`,
    );
    expect((error as Error).cause).toBeInstanceOf(TypeError);
    expect(closed).toEqual([0, 1, 2]);
  });

  it('by a promise ends it as well, and says so for an object by its place', async () => {
    const late: Callback = { onEpochEnd: () => Promise.reject('no reason') };
    await expect(train([{}, late])).rejects.toThrow('fit: callback 1 failed in onEpochEnd: no reason');
  });

  it('an error of this library comes as it is', async () => {
    await expect(train([new EarlyStopping({ monitor: 'speed' })])).rejects.toThrow(
      /^EarlyStopping: there is no/,
    );
  });

  it('is what is told, not what then could not be closed', async () => {
    const { error, closed } = await closing(failing('onEpochEnd'), failing('close'), failing('close'));
    expect((error as Error).message).toContain('failed in onEpochEnd');
    expect(closed).toEqual([0, 1, 2]);
  });
});

it('callbacks are closed at the end, and where a step fails', async () => {
  expect(await closing({}, {})).toEqual({ error: null, closed: [0, 1] });
  let isClosed = false;
  const model = smallNetwork();
  const callbacks = [{ close: () => void (isClosed = true) }];
  const broken = { length: 4, get: (i: number) => [[0, i === 3 ? Number.NaN : 1], 0] as const };
  await expect(fit(model, broken, { ...smallTraining(model), callbacks })).rejects.toThrow('hold NaN');
  expect(isClosed).toBe(true);
});

it('LambdaCallback refuses a function that nobody calls', () => {
  expect(() => new LambdaCallback({ onBatchEnd() {} } as Callback)).toThrow('there is no option onBatchEnd');
});
