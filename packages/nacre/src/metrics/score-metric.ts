import { DataError } from '../base/errors.ts';
import { flatten } from '../tensor/functions.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Scored } from './curves.ts';
import { checkLabelled, type Kind, kindOf, type LabelOptions, rowsOf } from './labels.ts';
import type { Metric } from './metric.ts';
import { checkWeights, spreadWeights } from './weights.ts';

/** Scores, labels and weights of elements: what a batch gives, and what all of them come to. */
interface Elements {
  /** Row-major [M, width]. */
  readonly scores: Float64Array;
  /** [M], or [M, width] where elements have many labels. */
  readonly labels: Float64Array;
  /** As labels; null: all count alike. */
  readonly weights: Float64Array | null;
}

/** All that was given to a metric. */
export interface Collected extends Elements {
  readonly kind: Exclude<Kind, 'labels'>;
  /** Number of scores of an element. */
  readonly width: number;
}

/** A metric that is a matter of the order of all scores, so that it has to keep them: 8 bytes for each. */
export abstract class ScoreMetric<R> implements Metric<R> {
  readonly name: string;
  readonly takesLabels: boolean;
  readonly #labels: LabelOptions;
  #kind: Kind | null = null;
  #width = 1;
  #batches: Elements[] = [];

  constructor(name: string, labels: LabelOptions) {
    this.name = name;
    this.takesLabels = !labels.multiLabel;
    this.#labels = labels;
  }

  /** The value of everything collected. */
  protected abstract result(collected: Collected): R;

  async update(predictions: Tensor, targets: Tensor, sampleWeight?: Tensor): Promise<void> {
    const { name } = this;
    const kind = kindOf(name, this.#labels, predictions, targets);
    await checkLabelled(name, this.#labels, predictions, targets);
    await checkWeights(name, sampleWeight);
    const flat = kind === 'multiLabel' ? rowsOf : (x: Tensor): Tensor => flatten(x);
    const read = async (x: Tensor): Promise<Float64Array> => (await x.to('float64').data()) as Float64Array;
    const width = kind === 'binary' ? 1 : predictions.shape[1]!;
    const batch: Elements = {
      scores: await read(kind === 'binary' ? flatten(predictions) : rowsOf(predictions)),
      labels: await read(flat(targets)),
      weights: sampleWeight ? await read(flat(spreadWeights(name, sampleWeight, targets))) : null,
    };
    if (this.#batches.length && (this.#kind !== kind || this.#width !== width)) {
      throw new DataError(`scores are ${width} to an element, those before were ${this.#width}`, {
        op: name,
      });
    }
    if (this.#batches.length && (this.#batches[0].weights === null) !== (batch.weights === null)) {
      throw new DataError('some batches have weights and some have none', { op: name });
    }
    this.#kind = kind;
    this.#width = width;
    this.#batches.push(batch);
  }

  compute(): R {
    const { name } = this;
    const batches = this.#batches;
    if (!batches.length)
      throw new DataError('nothing was measured yet', { op: name, hint: 'Call update first' });
    const joined: Elements = {
      scores: joinNumbers(batches.map(({ scores }) => scores)),
      labels: joinNumbers(batches.map(({ labels }) => labels)),
      weights: batches[0].weights && joinNumbers(batches.map(({ weights }) => weights!)),
    };
    this.#batches = [joined];
    const kept =
      this.#kind === 'multiLabel' ? joined : withoutLabel(joined, this.#width, this.#labels.ignoreIndex);
    if (!kept.labels.length) throw new DataError('all elements are to be ignored', { op: name });
    return this.result({ ...kept, kind: this.#kind as Collected['kind'], width: this.#width });
  }

  reset(): void {
    this.#batches = [];
  }
}

export function joinNumbers(parts: readonly Float64Array[]): Float64Array {
  if (parts.length === 1) return parts[0];
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The elements whose label is not the one to be ignored. */
function withoutLabel(elements: Elements, width: number, ignored: number | undefined): Elements {
  const { scores, labels, weights } = elements;
  if (ignored === undefined) return elements;
  const isKept = (i: number): boolean => labels[i] !== ignored;
  return {
    scores: scores.filter((_, place) => isKept(Math.floor(place / width))),
    labels: labels.filter((_, i) => isKept(i)),
    weights: weights?.filter((_, i) => isKept(i)) ?? null,
  };
}

/** Column `label` of the scores as a problem of two classes: that label, or class, against the rest. */
export function againstRest({ scores, labels, weights, width, kind }: Collected, label: number): Scored {
  const rows = scores.length / width;
  const isMany = kind === 'multiLabel';
  return {
    scores: Float64Array.from({ length: rows }, (_, row) => scores[row * width + label]),
    isPositive: Array.from({ length: rows }, (_, row) =>
      isMany ? labels[row * width + label] === 1 : labels[row] === label,
    ),
    weights:
      weights &&
      (isMany ? Float64Array.from({ length: rows }, (_, row) => weights[row * width + label]) : weights),
  };
}

/** All columns as one problem of two classes. */
export function allAgainstRest(collected: Collected): Scored {
  const parts = Array.from({ length: collected.width }, (_, label) => againstRest(collected, label));
  return {
    scores: joinNumbers(parts.map(({ scores }) => scores)),
    isPositive: parts.flatMap(({ isPositive }) => [...(isPositive as boolean[])]),
    weights: collected.weights && joinNumbers(parts.map(({ weights }) => weights!)),
  };
}

/** Weight of the positives of each column. */
export const supports = (collected: Collected): number[] =>
  Array.from({ length: collected.width }, (_, label) => {
    const { isPositive, weights } = againstRest(collected, label);
    let sum = 0;
    for (let i = 0; i < isPositive.length; i++) if (isPositive[i]) sum += weights ? weights[i] : 1;
    return sum;
  });

/**
 * Scores of classes made comparable between examples: probabilities. Two classes become one score, that of class 1. Throws a DataError
 * for numbers that are no probabilities where they are said to be some.
 */
export function asProbabilities(op: string, collected: Collected, fromLogits: boolean): Collected {
  const { kind, width } = collected;
  if (kind !== 'scores') return collected;
  if (!fromLogits) checkSums(op, collected);
  const rows = collected.scores.length / width;
  if (width === 2) {
    const { scores } = collected;
    // A difference of logits keeps the order of probabilities, and does not become 1 for all that are large.
    const one = (row: number): number => scores[2 * row + 1] - (fromLogits ? scores[2 * row] : 0);
    return {
      ...collected,
      kind: 'binary',
      width: 1,
      scores: Float64Array.from({ length: rows }, (_, row) => one(row)),
    };
  }
  return fromLogits ? { ...collected, scores: softmaxRows(collected.scores, width) } : collected;
}

function checkSums(op: string, { scores, width }: Collected): void {
  for (let row = 0; row * width < scores.length; row++) {
    let sum = 0;
    for (let label = 0; label < width; label++) sum += scores[row * width + label];
    if (Math.abs(sum - 1) <= 1.001e-5) continue;
    throw new DataError(`scores of element ${row} sum to ${sum}, so they are no probabilities`, {
      op,
      hint: 'Give { fromLogits: true } for logits',
    });
  }
}

function softmaxRows(scores: Float64Array, width: number): Float64Array {
  const out = new Float64Array(scores.length);
  for (let begin = 0; begin < scores.length; begin += width) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = begin; i < begin + width; i++) largest = Math.max(largest, scores[i]);
    let sum = 0;
    for (let i = begin; i < begin + width; i++) sum += out[i] = Math.exp(scores[i] - largest);
    for (let i = begin; i < begin + width; i++) out[i] /= sum;
  }
  return out;
}
