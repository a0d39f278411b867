import { ArgumentError, ShapeMismatchError, showShape } from '../base/errors.ts';
import { optionsOf } from '../base/options.ts';
import { sameShape } from '../base/shape.ts';
import type { Node } from '../graph/node.ts';
import { nodeOf, optionalNode } from '../tensor/arguments.ts';
import { zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter, State } from '../tensor/parameter.ts';
import { cast, constant, expand, permute, reshape } from '../tensor/primitives/apply.ts';
import type { Optional } from '../tensor/signatures.ts';
import { Tensor } from '../tensor/tensor.ts';
import { constant as fill, xavierNormal, xavierUniform } from './init.ts';
import { checkSizes, Linear } from './linear.ts';
import { Module } from './module.ts';

/** Fields under the names PyTorch's checkpoints have: `inProjWeight` is `in_proj_weight`. */
export const snakeNames = (fields: Iterable<readonly [string, unknown]>): [string, unknown][] =>
  [...fields].map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]);

/**
 * Keys and values of the positions so far, in memory of fixed size [batch, numHeads, maxLength, headDim], so that a compiled step of
 * generation stays one program. One cache belongs to one attention layer and one batch of sequences.
 *
 * Shapes: keys and values [batch, numHeads, maxLength, headDim]
 *
 * @example
 * ```ts
 * import { compile, nn, ones, Tensor } from 'nacre';
 * const attention = new nn.MultiheadAttention(8, 2, { batchFirst: true }).eval();
 * const cache = new nn.KeyValueCache([1, 2, 16, 4]);
 * const step = compile((x: Tensor) => attention.forward(x, x, x, { cache })[0]);
 * step(ones([1, 1, 8])).shape; // → [1, 1, 8]
 * await cache.length.item(); // → 1
 * ```
 */
export class KeyValueCache {
  readonly keys: State;
  readonly values: State;
  /** How many positions are held, as one int32. */
  readonly length: State<[], 'int32'>;

  /** @param shape [batch, numHeads, maxLength, headDim]. */
  constructor(shape: readonly [number, number, number, number]) {
    const [batch, numHeads, maxLength, headDim] = shape;
    checkSizes('KeyValueCache', { batch, numHeads, maxLength, headDim });
    this.keys = new State(zeros(shape));
    this.values = new State(zeros(shape));
    this.length = new State(zeros([], { dtype: 'int32' }));
  }

  /** Forgets all positions. */
  reset(): void {
    this.length.value = zeros([], { dtype: 'int32' });
  }

  /**
   * Adds keys and values [batch, numHeads, T, headDim] of the next T positions. Gives all keys and values, and which of them each of the
   * T queries may see, bool [T, maxLength]: the ones before it, and its own. A program that adds more than fits throws an IndexError.
   */
  append(keys: Tensor, values: Tensor): [keys: Tensor, values: Tensor, mask: Tensor] {
    const op = 'KeyValueCache.append';
    const { shape } = this.keys;
    const count = keys.shape[2];
    const expected = [shape[0], shape[1], count, shape[3]];
    for (const [name, given] of Object.entries({ keys, values })) {
      if (sameShape(given.shape, expected) && count <= shape[2]) continue;
      throw new ShapeMismatchError(
        `${name}: got ${showShape(given.shape)}, expected [${shape[0]}, ${shape[1]}, up to ${shape[2]}, ${shape[3]}]`,
        { op, shapes: [given.shape, shape] },
      );
    }
    const first = this.length.node;
    const last = ops.checked(op, ops.addOf(first, count - 1), shape[2]);
    const places = ops.positions(op, 0, shape[2]);
    const fresh = ops.subOf(places, first);
    const isFresh = reshape(ops.logicalAnd(ops.ge(fresh, 0), ops.le(places, last)), [shape[2], 1]);
    const source = ops.clamp(fresh, 0, count - 1);
    const write = (state: State, given: Node): Tensor => {
      const spread = count === 1 ? given : ops.indexSelect(given, 2, source);
      state.value = new Tensor(ops.whereOf(isFresh, ops.detach(spread), state.node));
      return state.value;
    };
    const held = [write(this.keys, keys.node), write(this.values, values.node)] as const;
    this.length.value = new Tensor(ops.addOf(last, 1));
    const queries = reshape(ops.positions(op, first, count), [count, 1]);
    return [...held, new Tensor(ops.le(places, queries))];
  }
}

export interface MultiheadAttentionOptions<W extends boolean = boolean> {
  /** Keys that nobody may see: bool [N, S] (true: ignored), or floats added to the scores. */
  keyPaddingMask?: Optional<Tensor>;
  /** Keys that a query may not see: bool [T, S] or [N·numHeads, T, S] (true: not), or floats added to the scores. */
  attnMask?: Optional<Tensor>;
  /** Whether query i sees the keys up to i alone. Default: no. */
  isCausal?: boolean;
  /** Whether to give the weights too. Default: yes; they cost nothing unless they are asked for. */
  needWeights?: W;
  /** Whether the weights are the mean over the heads. Default: yes. */
  averageAttnWeights?: boolean;
  /** Where keys and values of earlier positions are, and those of the present ones go. */
  cache?: Optional<KeyValueCache>;
}

/** What a `MultiheadAttention` is made with. */
export interface MultiheadAttentionLayerOptions {
  /** Probability of dropout of the weights. Default: 0. */
  dropout?: number;
  /** Default: true. */
  bias?: boolean;
  /** Whether tensors are [N, T, features] rather than [T, N, features]. Default: no. */
  batchFirst?: boolean;
  /** Features of keys. Default: `embedDim`. */
  kdim?: number;
  /** Features of values. Default: `embedDim`. */
  vdim?: number;
  /** Whether a learned key and value that every query sees are added. Default: no. */
  addBiasKv?: boolean;
  /** Whether a key and a value of zeros are added. Default: no. */
  addZeroAttn?: boolean;
}

const layerOptions = ['dropout', 'bias', 'batchFirst', 'kdim', 'vdim', 'addBiasKv', 'addZeroAttn'];

/** How a layer calls the masks that it hands on, for errors. */
export interface MaskNames {
  readonly op: string;
  readonly attnMask: string;
  readonly keyPaddingMask: string;
}

/**
 * Attention of `numHeads` heads side by side: heads of q·Wqᵀ, k·Wkᵀ and v·Wvᵀ through `scaledDotProductAttention`, joined and projected
 * (Vaswani et al., "Attention is all you need", 2017).
 *
 * Weights `in_proj_weight` [3·embedDim, embedDim] (with other sizes of keys or values `q_proj_weight`, `k_proj_weight` and
 * `v_proj_weight`) begin Xavier uniform, `in_proj_bias` and `out_proj.bias` as zeros, `out_proj.weight` as in `Linear`.
 *
 * Formula: concat(headᵢ)·Woᵀ + bo, headᵢ = softmax(qᵢ·kᵢᵀ / √headDim + mask)·vᵢ
 *
 * Shapes: query [T, N, embedDim], key and value [S, N, ...] → output [T, N, embedDim], weights [N, T, S]; batch first with
 * `batchFirst`
 *
 * @example
 * ```ts
 * import { nn, ones } from 'nacre';
 * const attention = new nn.MultiheadAttention(8, 2, { batchFirst: true });
 * const [output, weights] = attention.forward(ones([1, 3, 8]));
 * output.shape; // → [1, 3, 8]
 * await weights!.sum(-1).tolist(); // → [[1, 1, 1]]
 * ```
 */
export class MultiheadAttention extends Module {
  readonly inProjWeight: Parameter | null = null;
  readonly qProjWeight: Parameter | null = null;
  readonly kProjWeight: Parameter | null = null;
  readonly vProjWeight: Parameter | null = null;
  readonly inProjBias: Parameter | null;
  /** Rows that are added to keys and values, [1, 1, embedDim]. */
  readonly biasK: Parameter | null = null;
  readonly biasV: Parameter | null = null;
  readonly outProj: Linear;
  readonly addZeroAttn: boolean;
  readonly dropout: number;
  readonly batchFirst: boolean;
  readonly kdim: number;
  readonly vdim: number;

  /**
   * @param options `dropout` of the weights 0; `bias` true; with `batchFirst` tensors are [N, T, features], else [T, N, features];
   * `kdim` and `vdim` are the features of keys and values, by default `embedDim`; `addBiasKv` adds a learned key and value that every
   * query sees (`bias_k` and `bias_v`), `addZeroAttn` a key and value of zeros; both false.
   */
  constructor(
    readonly embedDim: number,
    readonly numHeads: number,
    options: MultiheadAttentionLayerOptions = {},
  ) {
    super();
    const op = 'MultiheadAttention';
    const {
      dropout = 0,
      bias = true,
      batchFirst = false,
      kdim = embedDim,
      vdim = embedDim,
      addBiasKv = false,
      addZeroAttn = false,
    } = optionsOf(op, options, layerOptions);
    checkSizes(op, { embedDim, numHeads, kdim, vdim });
    if (embedDim % numHeads)
      throw new ArgumentError(`numHeads ${numHeads} does not divide embedDim ${embedDim}`, { op });
    if (!(dropout >= 0 && dropout <= 1))
      throw new ArgumentError(`dropout is a probability from 0 to 1, got ${dropout}`, { op });
    const weight = (rows: number, columns: number): Parameter =>
      xavierUniform(new Parameter(zeros([rows, columns])));
    if (kdim === embedDim && vdim === embedDim) {
      this.inProjWeight = weight(3 * embedDim, embedDim);
    } else {
      this.qProjWeight = weight(embedDim, embedDim);
      this.kProjWeight = weight(embedDim, kdim);
      this.vProjWeight = weight(embedDim, vdim);
    }
    this.inProjBias = bias ? new Parameter(zeros([3 * embedDim])) : null;
    this.outProj = new Linear(embedDim, embedDim, { bias });
    if (this.outProj.bias) fill(this.outProj.bias, 0);
    if (addBiasKv) {
      this.biasK = xavierNormal(new Parameter(zeros([1, 1, embedDim])));
      this.biasV = xavierNormal(new Parameter(zeros([1, 1, embedDim])));
    }
    this.addZeroAttn = addZeroAttn;
    this.dropout = dropout;
    this.batchFirst = batchFirst;
    this.kdim = kdim;
    this.vdim = vdim;
  }

  protected override members(): Iterable<readonly [string, unknown]> {
    return snakeNames(super.members());
  }

  /**
   * Query [N, T, embedDim], key [N, S, kdim] and value [N, S, vdim] (the batch second without `batchFirst`, or left out) give the output,
   * shaped as the query, and the weights [N, T, S], or [N, numHeads, T, S] if they are not averaged, or null if they are not needed. Left
   * out, the key is the query, and the value the key. Throws a ShapeMismatchError that names the argument that does not fit.
   */
  forward<const W extends boolean = true>(
    query: Tensor,
    key: Tensor = query,
    value: Tensor = key,
    options: MultiheadAttentionOptions<W> = {},
  ): [output: Tensor, weights: W extends false ? null : Tensor] {
    const names = {
      op: `MultiheadAttention(${this.embedDim}, ${this.numHeads})`,
      attnMask: 'attnMask',
      keyPaddingMask: 'keyPaddingMask',
    };
    const [output, weights] = multihead(this, names, [query, key, value], options);
    return [output, weights as W extends false ? null : Tensor];
  }
}

/** What `MultiheadAttention` computes, under the names of whoever asked for it. */
export function multihead(
  layer: MultiheadAttention,
  names: MaskNames,
  inputs: readonly [Tensor, Tensor, Tensor],
  options: MultiheadAttentionOptions,
): [Tensor, Tensor | null] {
  const { op } = names;
  const { embedDim, numHeads, batchFirst, kdim, vdim } = layer;
  const { isCausal = false, needWeights = true, averageAttnWeights = true, cache } = options;
  const given = inputs.map((input) => nodeOf(op, input));
  const rank = given[0].shape.length;
  const isBatched = rank === 3;
  const sequence = isBatched && !batchFirst ? 0 : rank - 2;
  const batchOf = ({ shape }: Node): number => (isBatched ? shape[batchFirst ? 0 : 1] : 1);
  const batch = batchOf(given[0]);
  const source = given[1].shape[sequence];
  given.forEach((node, i) => {
    const axes: (number | string)[] = [[embedDim, kdim, vdim][i]];
    axes.splice(0, 0, i ? source : 'T');
    if (isBatched) axes.splice(batchFirst ? 0 : 1, 0, i ? batch : 'N');
    const fits =
      (rank === 2 || isBatched) &&
      node.shape.length === rank &&
      axes.every((axis, at) => typeof axis === 'string' || axis === node.shape[at]);
    if (fits) return;
    const name = ['query', 'key', 'value'][i];
    throw new ShapeMismatchError(`${name}: got ${showShape(node.shape)}, expected [${axes.join(', ')}]`, {
      op,
      shapes: given.map(({ shape }) => shape),
    });
  });

  const [q, k, v] = project(layer, given).map((node) => {
    const split = reshape(node, [...node.shape.slice(0, -1), numHeads, embedDim / numHeads]);
    const batched = isBatched ? split : reshape(split, [1, ...split.shape]);
    return permute(batched, isBatched && !batchFirst ? [1, 2, 0, 3] : [0, 2, 1, 3]);
  });
  const rows = q.shape[2];
  let [keys, values, past] = [k, v, null as Node | null];
  if (cache) [keys, values, past] = cache.append(new Tensor(k), new Tensor(v)).map(({ node }) => node);
  const columns = keys.shape[2];

  const attnMask = optionalNode(op, options.attnMask);
  const paddingMask = optionalNode(op, options.keyPaddingMask);
  const masks: Node[] = [];
  if (attnMask) {
    const each = [batch * numHeads, rows, columns];
    ops.checkMask(op, names.attnMask, attnMask, each.slice(1), each);
    masks.push(attnMask.shape.length === 3 ? reshape(attnMask, [batch, numHeads, rows, columns]) : attnMask);
  }
  if (paddingMask) {
    const shape = isBatched ? [batch, columns] : [columns];
    ops.checkMask(op, names.keyPaddingMask, paddingMask, shape);
    masks.push(reshape(paddingMask, [batch, 1, 1, columns]));
  }

  const more = added(layer, batch, k.dtype);
  let mask = merge(masks, more.length && isCausal && !cache ? causalMask(op, rows, columns) : past);
  if (more.length) {
    keys = ops.concat([keys, ...more.map(([key]) => key)], 2);
    values = ops.concat([values, ...more.map(([, value]) => value)], 2);
    if (mask) {
      const seen = constant(mask.dtype === 'bool' ? 1 : 0, mask.dtype);
      mask = ops.concat([mask, expand(seen, [...mask.shape.slice(0, -1), more.length])], -1);
    }
  }
  const [attended, weights] = ops.attention(op, q, keys, values, {
    attnMask: mask,
    isCausal: isCausal && !cache && !more.length,
    dropoutP: layer.training ? layer.dropout : 0,
  });
  const joined = permute(attended, isBatched && !batchFirst ? [2, 0, 1, 3] : [0, 2, 1, 3]);
  const output = layer.outProj.forward(new Tensor(reshape(joined, given[0].shape))) as Tensor;
  if (!needWeights) return [output, null];
  const shown = averageAttnWeights ? ops.mean(weights, 1) : weights;
  return [output, new Tensor(isBatched ? shown : reshape(shown, shown.shape.slice(1)))];
}

/** Keys and values beside those given, which every query sees: [batch, numHeads, 1, headDim] each. */
function added(
  { biasK, biasV, addZeroAttn, embedDim, numHeads }: MultiheadAttention,
  batch: number,
  dtype: Node['dtype'],
): (readonly [key: Node, value: Node])[] {
  const shape = [batch, numHeads, 1, embedDim / numHeads];
  const ofAll = (row: Node): Node => expand(cast(reshape(row, [1, ...shape.slice(1)]), dtype), shape);
  const zero = expand(constant(0, dtype), shape);
  return [
    ...(biasK && biasV ? [[ofAll(biasK.node), ofAll(biasV.node)] as const] : []),
    ...(addZeroAttn ? [[zero, zero] as const] : []),
  ];
}

/** Which keys a query sees: those up to its own place. */
const causalMask = (op: string, rows: number, columns: number): Node =>
  ops.le(ops.positions(op, 0, columns), reshape(ops.positions(op, 0, rows), [rows, 1]));

/** Queries, keys and values of all heads. Inputs that are one tensor go through one product. */
function project(layer: MultiheadAttention, inputs: readonly Node[]): Node[] {
  const { embedDim, inProjWeight, inProjBias } = layer;
  const rows = (x: Node, from: number, count: number): Node =>
    count === 3 ? x : ops.narrow(x, 0, from * embedDim, count * embedDim);
  const apart = [layer.qProjWeight, layer.kProjWeight, layer.vProjWeight];
  const packed = inProjWeight?.node;
  const bias = inProjBias?.node;
  const out: Node[] = [];
  while (out.length < 3) {
    const from = out.length;
    let count = 1;
    while (packed && from + count < 3 && inputs[from + count] === inputs[from]) count++;
    const weight = packed ? rows(packed, from, count) : apart[from]!.node;
    const product = ops.linear(inputs[from], weight, bias ? rows(bias, from, count) : null);
    out.push(...(count === 1 ? [product] : ops.chunk(product, count, -1)));
  }
  return out;
}

/** One mask, true where a query may see a key or a float to add, of masks that are true where it may not, or floats to add. */
function merge(masks: readonly Node[], allowed: Node | null): Node | null {
  let bias: Node | null = null;
  for (const mask of masks) {
    if (mask.dtype !== 'bool') bias = bias ? ops.addOf(bias, mask) : mask;
    else allowed = allowed ? ops.logicalAnd(allowed, ops.logicalNot(mask)) : ops.logicalNot(mask);
  }
  if (!bias || !allowed) return bias ?? allowed;
  return ops.whereOf(allowed, bias, constant(Number.NEGATIVE_INFINITY, bias.dtype));
}
