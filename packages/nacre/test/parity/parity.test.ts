import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Module } from '../../src/nn/module.ts';
import { setDevice } from '../../src/tensor/engine.ts';
import {
  type ClipCase,
  calls,
  checkClip,
  checkLayer,
  checkModule,
  checkOp,
  checkOptimizer,
  checkOrder,
  checkSchedule,
  checkSchedules,
  type LayerCase,
  type ModuleCase,
  modules,
  type OpCase,
  type OptimizerCase,
  optimizers,
  type ScheduleCase,
  type SchedulesCase,
  subjectOf,
} from './cases.ts';
import { missing, ownClasses, waiting } from './waiting.ts';

/**
 * What PyTorch computes, one case a line in the files beside: outputs, gradients, parameters after each step. The cases of the folder
 * `more` are written by `generate.py`. Every case runs on every device.
 */
const devices = ['reference', 'wasm'] as const;

interface Named {
  readonly name: string;
  readonly call?: string;
  readonly class?: string;
  readonly schedules?: readonly { readonly class: string }[];
}

/** The cases of a file, but for those of what is not there yet. */
const read = <C extends Named>(file: string): C[] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as C)
    .filter((given) => {
      const used = [subjectOf(given), ...(given.schedules ?? []).map((schedule) => schedule.class)];
      return !used.some((name) => name in missing);
    });

/** A test for each case; those that wait must fail, so that none waits longer than it has to. */
function each<C extends Named>(
  kind: string,
  cases: readonly C[],
  check: (given: C) => unknown,
  device = '',
): void {
  for (const given of cases) {
    const name = `${kind} ${given.name}`;
    const waits = name in waiting || `${device}: ${name}` in waiting;
    (waits ? it.fails : it)(name, () => check(given) as Promise<void>);
  }
}

const layers = read<LayerCase>('./more/layers.jsonl');

describe.each(devices)('PyTorch agrees with %s', (device) => {
  const all = <C extends Named>(kind: string, cases: readonly C[], check: (given: C) => Promise<void>) =>
    each(
      kind,
      cases,
      (given) => {
        setDevice(device);
        return check(given);
      },
      device,
    );
  all('op', read<OpCase>('./op.jsonl'), checkOp);
  all('module', read<ModuleCase>('./module.jsonl'), checkModule);
  all('optimizer', read<OptimizerCase>('./optimizer.jsonl'), checkOptimizer);
  all('function', read<OpCase>('./more/functions.jsonl'), checkOp);
  all('layer', layers, checkLayer);
  all('optimization', read<OptimizerCase>('./more/optimizers.jsonl'), checkOptimizer);
  all('clipping', read<ClipCase>('./more/clips.jsonl'), checkClip);
});

describe('PyTorch agrees', () => {
  each('schedule', read<ScheduleCase>('./schedule.jsonl'), checkSchedule);
  each('schedules', read<SchedulesCase>('./more/schedules.jsonl'), checkSchedules);

  // The first case of a class wins.
  const classes = new Map(layers.toReversed().map((given) => [subjectOf(given), given]));
  const ofEach = [...classes].map(([name, given]) => ({ ...given, name }));
  each('order of parameters of', ofEach, checkOrder);

  it('has a case for every layer that PyTorch has', () => {
    const known = new Set([...classes.keys(), ...Object.keys(ownClasses)]);
    const layered = Object.entries(modules).filter(([, value]) => value?.prototype instanceof Module);
    expect(layered.map(([name]) => name).filter((name) => !known.has(name))).toEqual([]);
  });
});

it.each(Object.entries(missing))('%s waits: %s', (name) => {
  expect(
    calls[name] ?? modules[name] ?? optimizers[name],
    `${name} is there: bring its cases`,
  ).toBeUndefined();
});
