import type { DType } from '../../base/dtype.ts';
import type { Shape } from '../../base/shape.ts';
import type { Lowering } from '../../compiler/contract.ts';
import type { Node } from '../../graph/node.ts';
import type { GradientRule } from './rules.ts';
import type { ScanBody } from './scan.ts';

type None = Record<never, never>;

/**
 * How windows lie on the axes they slide along: `axes` name them, and the window's own axes come last, in the same order. Window w
 * of an axis covers the elements w·stride + k·dilation - before for k in 0..size-1.
 */
export interface WindowAttributes {
  readonly axes: readonly number[];
  readonly sizes: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Elements of padding in front. */
  readonly before: readonly number[];
  /** Windows along each axis, and elements along each axis. */
  readonly windows: readonly number[];
  readonly lengths: readonly number[];
  /** What stands in the padding. */
  readonly value: number;
}

/** The attributes of every primitive. All operations of the library are functions of these. */
export interface PrimitiveAttributes {
  // sources
  memory: None;
  constant: { value: number; dtype: DType };
  randomKey: { word: 'seedLow' | 'seedHigh' | 'stream'; value: number };
  input: { position: number };
  iota: { shape: Shape; axis: number; dtype: DType };
  random: { shape: Shape };
  // one operand
  neg: None;
  abs: None;
  sign: None;
  exp: None;
  expm1: None;
  log: None;
  log1p: None;
  sqrt: None;
  reciprocal: None;
  sin: None;
  cos: None;
  tan: None;
  asin: None;
  acos: None;
  atan: None;
  sinh: None;
  cosh: None;
  tanh: None;
  erf: None;
  floor: None;
  ceil: None;
  round: None;
  relu: None;
  sigmoid: None;
  softplus: None;
  not: None;
  cast: { dtype: DType };
  checkIndex: { size: number; op: string };
  // two and three
  add: None;
  sub: None;
  mul: None;
  div: None;
  pow: None;
  atan2: None;
  remainder: None;
  maximum: None;
  minimum: None;
  eq: None;
  ne: None;
  lt: None;
  le: None;
  and: None;
  or: None;
  where: None;
  // views
  alias: None;
  reshape: { shape: Shape };
  permute: { order: readonly number[] };
  expand: { shape: Shape };
  slice: { starts: readonly number[]; lengths: readonly number[]; steps: readonly number[] };
  pad: { before: readonly number[]; after: readonly number[]; value: number };
  flip: { axes: readonly number[] };
  collect: WindowAttributes;
  spread: WindowAttributes;
  // reductions
  sum: { axes: readonly number[] };
  prod: { axes: readonly number[] };
  /** `first`: the gradient goes to the first of equal elements, in row-major order; otherwise they share it. */
  amax: { axes: readonly number[]; first?: boolean };
  amin: { axes: readonly number[] };
  // products, indexing, sorting, joining
  matmul: None;
  gather: { axis: number };
  scatterAdd: { axis: number };
  argsort: { descending: boolean };
  concat: { axis: number };
  scan: { body: ScanBody };
  // of gradients and their order
  ruled: { rule: GradientRule };
  after: None;
}

export type Primitive = keyof PrimitiveAttributes;

/** A node known to be of one primitive. */
export type NodeOf<P extends Primitive> = Node & { readonly attributes: PrimitiveAttributes[P] };

/** Elements as numbers, for the reference device: row-major, computed in float64 and rounded to the dtype by its caller. */
export interface Values {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Everything the library knows of one primitive; what tests ask of it stands in `samples.ts`. */
export interface OpRecord<P extends Primitive> {
  /** The shape of the result. Throws if the operands do not fit. */
  shape(inputs: readonly Node[], attributes: PrimitiveAttributes[P]): Shape;
  /** The dtype of the result. Throws for dtypes it does not take. */
  dtype(inputs: readonly Node[], attributes: PrimitiveAttributes[P]): DType;
  /**
   * For each operand the cotangent, given that of the result; null where none flows. Elementwise rules may answer in the
   * broadcast shape: the caller sums it back.
   */
  gradient(cotangent: Node, node: NodeOf<P>): readonly (Node | null)[];
  /** The result by plain loops over float64. */
  reference(inputs: readonly Values[], node: NodeOf<P>): Float64Array;
  readonly lowering: Lowering<NodeOf<P>>;
}

export type Records = { readonly [P in Primitive]: OpRecord<P> };
