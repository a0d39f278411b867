import { describe, expect, it } from 'vitest';
import { Failure } from '../failure.ts';
import { messages } from '../i18n/index.ts';
import { parseCommandLine } from './parse.ts';

const parse = (line: string) => parseCommandLine(line.split(' ').filter(Boolean), messages.en);

function failure(line: string, language: 'en' | 'zh' = 'en'): Failure {
  try {
    parseCommandLine(line.split(' '), messages[language]);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error(`${line} was accepted`);
}

describe('what is understood', () => {
  it.each([
    ['', { command: 'help', options: {} }],
    ['--help', { command: 'help', topic: undefined, options: { help: true } }],
    ['-h', { command: 'help', topic: undefined, options: { help: true } }],
    ['train --help', { command: 'help', topic: 'train', options: { help: true } }],
    ['--version', { command: 'version', options: { version: true } }],
    ['-V', { command: 'version', options: { version: true } }],
    ['start', { command: 'start', positionals: [], options: {} }],
    ['start --json --lang zh', { command: 'start', positionals: [], options: { json: true, lang: 'zh' } }],
    ['--lang=zh doctor', { command: 'doctor', positionals: [], options: { lang: 'zh' } }],
    ['predict runs/a b.png', { command: 'predict', positionals: ['runs/a', 'b.png'], options: {} }],
    ['predict runs/a -- --b.png', { command: 'predict', positionals: ['runs/a', '--b.png'], options: {} }],
    ['run', { command: 'run', args: [], options: {} }],
    ['run gan', { command: 'run', example: 'gan', args: [], options: {} }],
    [
      '--lang zh run --small gan --seed 1 more',
      {
        command: 'run',
        example: 'gan',
        args: ['--lang', 'zh', '--small', '--seed', '1', 'more'],
        options: {},
      },
    ],
    ['run --help', { command: 'help', topic: 'run', options: { help: true } }],
    ['download mnist', { command: 'download', positionals: [], options: {} }],
    [
      'train mnist --epochs 3 --batch-size=64 --lr 1e-2 --seed 7 --threads 2 --device wasm --name a --data d --resume r',
      {
        command: 'train',
        positionals: [],
        options: {
          epochs: 3,
          'batch-size': 64,
          lr: 0.01,
          seed: 7,
          threads: 2,
          device: 'wasm',
          name: 'a',
          data: 'd',
          resume: 'r',
        },
      },
    ],
    ['start --epochs 1 --epochs 2', { command: 'start', positionals: [], options: { epochs: 2 } }],
  ] as const)('nacre %s', (line, invocation) => expect(parse(line)).toEqual(invocation));
});

describe('what is refused, with exit code 2', () => {
  it.each([
    ['stat', 'there is no command "stat". Did you mean start? nacre --help shows what there is.'],
    ['frobnicate', 'there is no command "frobnicate". nacre --help shows what there is.'],
    [
      'start --epoch 3',
      'there is no option --epoch. Did you mean --epochs? nacre start --help shows what there is.',
    ],
    ['start --bacth-size 3', 'there is no option --bacth-size. Did you mean --batch-size? nacre start'],
    ['start --learning-rate 3', 'there is no option --learning-rate. nacre start --help'],
    ['doctor --epochs 3', 'there is no option --epochs. nacre doctor --help'],
    ['start -x', 'there is no option -x. nacre start'],
    ['--epochs 3', 'there is no option --epochs. nacre --help'],
    ['start --epochs', '--epochs needs a value: --epochs N.'],
    ['start --epochs --json', '--epochs needs a value'],
    ['start --epochs 0', '--epochs 0: expected a whole number from 1 on.'],
    ['start --epochs 2.5', '--epochs 2.5: expected'],
    ['start --epochs 1e3', '--epochs 1e3: expected'],
    ['start --epochs=', '--epochs : expected'],
    ['start --batch-size -1', '--batch-size -1: expected'],
    ['start --lr 0', '--lr 0: expected a number greater than 0.'],
    ['start --lr fast', '--lr fast: expected'],
    ['start --lr Infinity', '--lr Infinity: expected'],
    ['start --seed 4294967296', '--seed 4294967296: expected a whole number from 0 to 4294967295.'],
    ['start --device gpu', '--device gpu: expected one of native, wasm, reference.'],
    ['start --lang fr', '--lang fr: expected one of en, zh.'],
    ['start --json=1', '--json takes no value.'],
    ['start now', '"now" is one argument too many.'],
    ['train', 'mnist is missing. Did you mean nacre train mnist?'],
    ['train cifar', 'there is no dataset "cifar", only mnist.'],
    ['predict runs/a', 'IMAGE is missing. Did you mean nacre predict RUN IMAGE?'],
    ['predict runs/a b c', '"c" is one argument too many.'],
  ])('nacre %s', (line, message) => {
    const error = failure(line);
    expect(error.message).toContain(message);
    expect(error.exitCode).toBe(2);
  });

  it('in Chinese too', () => {
    expect(failure('start --epoch 3', 'zh').message).toContain(
      '没有选项 --epoch。您是想用 --epochs 吗？nacre start --help',
    );
  });

  it('accepts no name that every object has', () => {
    expect(failure('constructor').message).toContain('there is no command');
    expect(failure('start --toString').message).toContain('there is no option');
  });
});
