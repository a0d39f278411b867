import { displayWidth, type Language } from 'nacre/terminal';
import { describe, expect, it } from 'vitest';
import { messages } from '../i18n/index.ts';
import { openTerminal } from '../terminal/terminal.ts';
import { createJsonReport, type JsonLine } from './json.ts';
import { drawPictures } from './pictures.ts';
import { createTextReport } from './text.ts';
import type { EpochResult, Report } from './types.ts';

const history: readonly EpochResult[] = [
  {
    epoch: 1,
    loss: 0.9,
    accuracy: 0.7,
    valLoss: 0.4,
    valAccuracy: 0.88,
    seconds: 0.5,
    stepMicroseconds: 120,
  },
  {
    epoch: 2,
    loss: 0.4,
    accuracy: 0.88,
    valLoss: 0.3,
    valAccuracy: 0.91,
    seconds: 0.4,
    stepMicroseconds: 100,
  },
];
const labels = [...'0123456789'];
const probabilities = labels.map((label) => (label === '3' ? 0.91 : 0.01));

/** A whole run of two epochs of two steps. */
function play(report: Report, language: Language): void {
  report.begin({
    settings: {
      dataset: 'mnist',
      source: 'package',
      trainImages: 8000,
      testImages: 2000,
      epochs: 2,
      batchSize: 4000,
      lr: 0.001,
      seed: 0,
    },
    device: { device: 'wasm', simd: true, threads: 2 },
    layers: '784 → 128 → 10',
    parameters: 101770,
    folder: 'runs/a',
    resumed: false,
  });
  for (const result of history) {
    report.beginEpoch(result.epoch);
    for (const step of [1, 2])
      report.step({
        step,
        stepsPerEpoch: 2,
        stepMicroseconds: 100,
        loss: result.loss,
        metrics: { accuracy: 0.5 },
      });
    report.endEpoch(result, 2);
  }
  const confusion = labels.map((_, row) => labels.map((__, column) => (row === column ? 200 : 0)));
  const result = { loss: 0.3, accuracy: 0.91, confusion, labels };
  report.tested(result, drawPictures(result, history, language));
  report.wrote(['runs/a/model.safetensors']);
  report.predicted({ picture: 'digit.png', image: new Uint8Array(784), inverted: true, probabilities });
  report.done({ testAccuracy: 0.91, testLoss: 0.3, seconds: 0.9, stepMicroseconds: 110, device: 'wasm' });
}

describe('the report for machines', () => {
  const lines: JsonLine[] = [];
  play(
    createJsonReport((line) => lines.push(line)),
    'en',
  );

  it('tells every stage', () => {
    expect(lines.map(({ event }) => event)).toEqual([
      'begin',
      'epoch',
      'epoch',
      'test',
      'files',
      'prediction',
      'done',
    ]);
  });

  it('ends with exactly the promised line', () => {
    expect(JSON.stringify(lines.at(-1))).toBe(
      '{"event":"done","testAccuracy":0.91,"testLoss":0.3,"seconds":0.9,"stepMicroseconds":110,"device":"wasm"}',
    );
  });

  it('names the digit that was read', () => {
    expect(lines.at(-2)).toMatchObject({ event: 'prediction', digit: 3, image: 'digit.png' });
  });
});

describe.each(['en', 'zh'] as const)('the report for people, in %s', (language) => {
  const text = messages[language];

  it.each([
    ['a pipe', { isTTY: false, columns: 80 }, {}],
    ['a terminal', { isTTY: true, columns: 80 }, { NO_COLOR: '1' }],
    ['a wide terminal', { isTTY: true, columns: 160 }, { NO_COLOR: '1' }],
  ])('fits %s and shows everything', (_, stream, environment) => {
    const written: string[] = [];
    const terminal = openTerminal({ ...stream, write: (chunk) => written.push(chunk) }, environment);
    play(createTextReport(terminal, text, '1.2.3'), language);
    const shown = written.join('');
    for (const part of [
      text.train.epoch(2, 2),
      '101,770',
      'val_accuracy 0.9100',
      '91.00 %',
      text.train.confusion,
      text.predict.asTrainedInverted,
      { en: 'validation', zh: '验证' }[language],
      'runs/a/model.safetensors',
      text.predict.answer(3, '91.0 %'),
    ]) {
      expect(shown).toContain(part);
    }
    if (!stream.isTTY) for (const code of ['\r', '\x1b']) expect(shown).not.toContain(code);
    const drawn = shown.split('\n').filter((line) => /[█⠁-⣿]/.test(line));
    for (const line of drawn) expect(displayWidth(line)).toBeLessThan(stream.columns);
  });

  it('names the command that resumes a stopped run', () => {
    const written: string[] = [];
    const report = createTextReport(
      openTerminal({ write: (chunk) => written.push(chunk) }, {}),
      text,
      '1.2.3',
    );
    report.stopping();
    report.interrupted('runs/a', 'npx nacre train mnist --resume runs/a');
    expect(written.join('')).toContain('\n  npx nacre train mnist --resume runs/a\n');
  });
});
