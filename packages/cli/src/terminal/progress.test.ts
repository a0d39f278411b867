import { displayWidth } from 'nacre/terminal';
import { describe, expect, it } from 'vitest';
import { EpochProgress } from './progress.ts';
import { openTerminal } from './terminal.ts';

const english = {
  epoch: (epoch: number, epochs: number) => `Epoch ${epoch}/${epochs}`,
  perStep: (time: string) => `${time}/step`,
  remaining: (clock: string) => `${clock} left`,
};

const chinese = {
  epoch: (epoch: number, epochs: number) => `第 ${epoch}/${epochs} 轮`,
  perStep: (time: string) => `每步 ${time}`,
  remaining: (clock: string) => `剩余 ${clock}`,
};

function setUp({ isTTY = true, columns = 80, environment = {}, text = english } = {}) {
  const written: string[] = [];
  const terminal = openTerminal(
    { isTTY, columns, write: (chunk) => written.push(chunk) },
    { NO_COLOR: '1', ...environment },
  );
  const clock = { now: 0 };
  return { written, clock, progress: new EpochProgress(terminal, text, () => clock.now) };
}

const at = (step: number) => ({
  step,
  stepsPerEpoch: 200,
  stepMicroseconds: 53_000,
  loss: 0.5,
  metrics: { accuracy: 0.75 },
});
const summary = {
  stepsPerEpoch: 200,
  seconds: 0.4,
  stepMicroseconds: 2000,
  numbers: { loss: 0.5, accuracy: 0.75, val_loss: 0.25, val_accuracy: 0.875 },
};

describe('on a terminal', () => {
  it('shows bar, count, time per step, loss, accuracy and what remains', () => {
    const { written, clock, progress } = setUp();
    progress.beginEpoch(1, 5);
    clock.now = 1;
    progress.step(at(1));
    clock.now = 8000;
    progress.step({ ...at(150), loss: 1234567 });
    clock.now = 10000;
    progress.step({ ...at(100), stepMicroseconds: 100_000 });
    expect(written[0]).toBe('Epoch 1/5\n');
    expect(written.slice(2)).toEqual([
      '\r150/200 ━━━━━━━━━━━━────   53 ms/step  loss 1.23e+6  accuracy 0.7500  0:03 left\x1b[K',
      '\r100/200 ━━━━━━━━╸────────  0.10 s/step  loss 0.5000  accuracy 0.7500  0:10 left\x1b[K',
    ]);
  });

  it('is drawn at most every 50 ms, and always for the last step', () => {
    const { written, clock, progress } = setUp();
    progress.beginEpoch(1, 5);
    for (let step = 1; step <= 200; step++) {
      clock.now = step;
      progress.step(at(step));
    }
    expect(written).toHaveLength(1 + 5); // the title, then at 1, 51, 101, 151 and 200 ms
  });

  it.each([
    [40, english],
    [60, english],
    [80, chinese],
    [40, chinese],
    [200, chinese],
  ])('never reaches the last of %d columns', (columns, text) => {
    const { written, clock, progress } = setUp({ columns, text });
    progress.beginEpoch(1, 5);
    clock.now = 100;
    progress.step(at(100));
    progress.endEpoch(summary);
    for (const line of written.join('').split(/[\r\n]/)) expect(displayWidth(line)).toBeLessThan(columns);
  });

  it.each([
    [60, english, '150/200 ━━━━━━──   53 ms/step  loss 0.5000  accuracy 0.7500'],
    [60, chinese, '150/200 ━━━━━━──  每步  53 ms  loss 0.5000  accuracy 0.7500'],
    [50, english, '150/200 ━━━━━━━━╸──  loss 0.5000  accuracy 0.7500'],
    [40, english, '150/200 ━━━━━━━━━━━━━╸────  loss 0.5000'],
    [20, english, '150/200  loss 0.50…'],
  ])('leaves out what is least needed for the bar to fit %d columns', (columns, text, line) => {
    const { written, progress } = setUp({ columns, text });
    progress.beginEpoch(1, 5);
    progress.step(at(150));
    expect(written[1]).toBe(`\r${line}\x1b[K`);
  });

  it('folds a summary that is too long between its numbers', () => {
    const { written, progress } = setUp({ columns: 60 });
    progress.beginEpoch(1, 5);
    progress.endEpoch(summary);
    expect(written.join('')).toBe(
      'Epoch 1/5\n\r200/200  0.40 s  2.0 ms/step  loss 0.5000  accuracy 0.7500\x1b[K\n' +
        '  val_loss 0.2500  val_accuracy 0.8750\x1b[K\n',
    );
  });

  it('leaves a line that is open, once', () => {
    const { written, progress } = setUp();
    progress.leave();
    progress.beginEpoch(1, 5);
    progress.step(at(1));
    progress.leave();
    progress.leave();
    expect(written.slice(2)).toEqual(['\n']);
  });
});

describe.each([
  ['a pipe', { isTTY: false }],
  ['CI', { environment: { CI: '1' } }],
])('on %s', (_, options) => {
  it('writes one plain line for each epoch', () => {
    const { written, progress } = setUp(options);
    progress.beginEpoch(1, 2);
    progress.step(at(1));
    progress.step(at(200));
    progress.endEpoch(summary);
    expect(written).toEqual([
      'Epoch 1/2  200/200  0.40 s  2.0 ms/step  loss 0.5000  accuracy 0.7500  val_loss 0.2500  val_accuracy 0.8750\n',
    ]);
  });
});
