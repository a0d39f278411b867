import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
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
} from './cases.ts';
import { missing, waiting } from './waiting.ts';

/**
 * What PyTorch computes, one case a line in the files beside: outputs, gradients, parameters after each step. The cases of the folder
 * `more` are written by `generate.py`. Every case runs on every device.
 */
const devices = ['reference', 'wasm'] as const;

interface Named {
  readonly name: string;
}

const read = <C extends Named>(file: string): C[] =>
  readFileSync(new URL(file, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as C);

/** A test for each case; those that wait must fail, so that none waits longer than it has to. */
function each<C extends Named>(kind: string, cases: readonly C[], check: (given: C) => unknown): void {
  for (const given of cases) {
    const name = `${kind} ${given.name}`;
    (waiting[name] ? it.fails : it)(name, () => check(given) as Promise<void>);
  }
}

const isThere = ({ call }: OpCase): boolean => !(call in missing);

describe.each(devices)('PyTorch agrees with %s', (device) => {
  const on =
    <C>(check: (given: C) => Promise<void>) =>
    (given: C): Promise<void> => {
      setDevice(device);
      return check(given);
    };
  each('op', read<OpCase>('./op.jsonl').filter(isThere), on(checkOp));
  each('module', read<ModuleCase>('./module.jsonl'), on(checkModule));
  each('optimizer', read<OptimizerCase>('./optimizer.jsonl'), on(checkOptimizer));
  each('function', read<OpCase>('./more/functions.jsonl').filter(isThere), on(checkOp));
  each('optimization', read<OptimizerCase>('./more/optimizers.jsonl'), on(checkOptimizer));
  each('clipping', read<ClipCase>('./more/clips.jsonl'), on(checkClip));
  each('layer', read<LayerCase>('./more/layers.jsonl'), on(checkLayer));
});

const layers = read<LayerCase>('./more/layers.jsonl');
const classes = new Map(layers.map((given) => [given.class, given]));
each(
  'order of parameters of',
  [...classes].map(([name, given]) => ({ ...given, name })),
  checkOrder,
);

each('schedule', read<ScheduleCase>('./schedule.jsonl'), checkSchedule);
each('schedules', read<SchedulesCase>('./more/schedules.jsonl'), checkSchedules);
