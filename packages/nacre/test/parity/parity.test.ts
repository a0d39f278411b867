import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DType } from '../../src/base/dtype.ts';
import * as nn from '../../src/nn/index.ts';
import * as optim from '../../src/optim/index.ts';
import * as create from '../../src/tensor/create.ts';
import { setDevice } from '../../src/tensor/engine.ts';
import * as functions from '../../src/tensor/functions.ts';
import { Parameter } from '../../src/tensor/parameter.ts';
import { Tensor } from '../../src/tensor/tensor.ts';

/**
 * What PyTorch computes, one case a line in the files beside: outputs, gradients, parameters after each step. Numbers that are not
 * finite are strings there. Every case runs on every device.
 */
const devices = ['reference', 'wasm'] as const;

/** Names that have cases but are not there yet. A name that is there must leave this list, and bring its cases. */
const waiting: Readonly<Record<string, string>> = {
WAITING};

type Values = readonly (number | string)[];

interface Data {
  readonly shape: readonly number[];
  readonly dtype?: DType;
  readonly data: Values;
}

interface OpCase {
  readonly kind: 'op';
  readonly name: string;
  readonly call: string;
  readonly args: readonly unknown[];
  readonly inputs: Readonly<Record<string, Data>>;
  readonly expect: readonly Data[];
  readonly cotangents?: readonly Data[];
  readonly grads?: Readonly<Record<string, Data>>;
  readonly tol: number;
}

interface ModuleCase {
  readonly kind: 'module';
  readonly name: string;
  readonly class: string;
  readonly ctor: readonly unknown[];
  readonly training: boolean;
  readonly stateDict: Readonly<Record<string, Data>>;
  readonly inputs: readonly Data[];
  readonly expect: readonly Data[];
  readonly cotangents?: readonly Data[];
  readonly grads?: Readonly<Record<string, Data>>;
  readonly inputGrads?: readonly (Data | null)[];
  readonly tol: number;
}

interface OptimizerCase {
  readonly kind: 'optimizer';
  readonly name: string;
  readonly class: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly initial: readonly Data[];
  readonly gradients: readonly (readonly Data[])[];
  readonly expect: readonly Data[];
  readonly tol: number;
}
