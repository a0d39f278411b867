import type { DType } from '../base/dtype.ts';

/** Types that arithmetic is done in. Narrow integers are computed as i32, 16-bit floats as f32. */
export type Scalar = 'f32' | 'f64' | 'i32' | 'bool';

/** Memory a kernel reads or writes: one pointer parameter each. */
export interface Buffer {
  readonly id: number;
  readonly dtype: DType;
  /** `scratch` is private to the thread that runs the task. */
  readonly role: 'param' | 'scratch';
  /** Elements, for scratch. */
  readonly length: number;
  /** Whether the kernel writes it. Loads from it then stay where they are. */
  written: boolean;
  /** Whether it is so large that nobody reads it again soon: vectors may be written past the caches, each place once. */
  readonly streamed: boolean;
}

/** A loop's counter: 0 to `extent` - 1 in steps of one. `level` is the nesting depth; the task loop is 0. */
export interface LoopVar {
  readonly kind: 'var';
  readonly id: number;
  readonly extent: number;
  readonly level: number;
}

/** What an index is a sum of: a loop counter, a quotient, a remainder, or a number read from memory. */
export type Atom =
  | LoopVar
  | { readonly kind: 'div'; readonly id: number; readonly of: Index; readonly by: number }
  | { readonly kind: 'mod'; readonly id: number; readonly of: Index; readonly by: number }
  | { readonly kind: 'value'; readonly id: number; readonly value: Expr; readonly limit: number };

export interface Term {
  readonly atom: Atom;
  readonly coefficient: number;
}

/** An element index as a linear form Σ coefficient·atom + offset, with its range. */
export interface Index {
  readonly terms: readonly Term[];
  readonly offset: number;
  readonly min: number;
  readonly max: number;
  readonly key: string;
}

export type UnaryOp =
  | 'neg'
  | 'abs'
  | 'sqrt'
  | 'floor'
  | 'ceil'
  | 'trunc'
  | 'nearest'
  | 'not'
  /** 2^n for an i32 n within the normal range of the float type. */
  | 'exp2i'
  /** The exponent in a float's bits less its bias, as i32: that of a normal float, one below the smallest one for what is less. */
  | 'exponentOf'
  /** The fraction in a float's bits, put after 1: a normal float's magnitude scaled into [1, 2). */
  | 'mantissaOf'
  | 'bitsToFloat'
  | 'floatToBits'
  /** A scalar in every lane of a vector. */
  | 'splat';

export type BinaryOp =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  /** NaN if either is NaN. */
  | 'min'
  | 'max'
  /** b if a < b, else a: one instruction where `max` needs several. */
  | 'pmax'
  | 'copysign'
  /** x·2^y for a whole float32 y, rounded once. */
  | 'scale'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shrU'
  | 'shrS'
  | 'divS'
  | 'remS'
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le';

/** A mutable value that lives in registers for the length of a loop nest. */
export interface Accumulator {
  readonly id: number;
  readonly type: Scalar;
  readonly lanes: number;
}

interface ExprBase {
  readonly id: number;
  readonly type: Scalar;
  /** 1 for a scalar, else the lanes of a vector. */
  readonly lanes: number;
  /**
   * The innermost loop it depends on: -1 for none, so that it may be computed on entry; infinite for what reads mutable
   * state and must be computed where it stands.
   */
  readonly level: number;
}

export type Expr = ExprBase &
  (
    | { readonly kind: 'const'; readonly value: number }
    /** The counter of a loop. */
    | { readonly kind: 'counter'; readonly v: LoopVar }
    /** The byte address at which a buffer begins. */
    | { readonly kind: 'pointer'; readonly buffer: Buffer }
    /** 0, stride, 2·stride, … : the lanes' distances. */
    | { readonly kind: 'ramp'; readonly stride: number }
    | {
        readonly kind: 'load';
        readonly buffer: Buffer;
        readonly index: Index;
        /** The element's byte address is `address` + `offset`. A vector load reads neighbouring elements … */
        readonly address: Expr;
        readonly offset: number;
        /** … so many of them, with 0 in the other lanes, if not all … */
        readonly used?: number;
        /** … or every second one. */
        readonly alternate?: boolean;
      }
    /** One lane of a vector. */
    | { readonly kind: 'extract'; readonly x: Expr; readonly lane: number }
    /** A vector from scalars. */
    | { readonly kind: 'pack'; readonly parts: readonly Expr[] }
    /** Lanes of two vectors, counted through both. */
    | { readonly kind: 'shuffle'; readonly x: Expr; readonly y: Expr; readonly order: readonly number[] }
    | { readonly kind: 'unary'; readonly op: UnaryOp; readonly x: Expr }
    | { readonly kind: 'cast'; readonly x: Expr }
    | {
        readonly kind: 'binary';
        readonly op: BinaryOp;
        readonly x: Expr;
        readonly y: Expr;
        /** Whether this sum or difference may be rounded together with the product that is its x. */
        readonly fuses?: boolean;
      }
    | { readonly kind: 'select'; readonly condition: Expr; readonly x: Expr; readonly y: Expr }
    | { readonly kind: 'read'; readonly accumulator: Accumulator }
    /** All lanes of a vector combined, in a fixed order: (0 op 2) op (1 op 3) on four lanes. */
    | { readonly kind: 'fold'; readonly op: BinaryOp; readonly x: Expr }
  );

/** The expressions that `expr` is computed from. */
export function operands(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'load':
      return [expr.address];
    case 'pack':
      return expr.parts;
    case 'unary':
    case 'cast':
    case 'fold':
    case 'extract':
      return [expr.x];
    case 'binary':
    case 'shuffle':
      return [expr.x, expr.y];
    case 'select':
      return [expr.condition, expr.x, expr.y];
    default:
      return [];
  }
}

export interface StoreItem {
  readonly buffer: Buffer;
  readonly address: Expr;
  readonly offset: number;
  readonly value: Expr;
  /** Lanes of a vector that are stored, if not all. */
  readonly used?: number;
}

export type Statement =
  | { readonly kind: 'loop'; readonly v: LoopVar; readonly body: readonly Statement[] }
  | { readonly kind: 'declare'; readonly accumulator: Accumulator; readonly init: Expr }
  /** All values are computed before the first one is assigned. */
  | { readonly kind: 'assign'; readonly items: readonly { accumulator: Accumulator; value: Expr }[] }
  /** All values are computed before the first one is stored, so a store never disturbs a load beside it. */
  | { readonly kind: 'store'; readonly items: readonly StoreItem[] }
  /** Where `ok` is false, `code` and `value` are left in the status words. Scalars only. */
  | { readonly kind: 'check'; readonly ok: Expr; readonly code: Expr; readonly value: Expr };

/**
 * One parallel loop over tasks `0..extent-1`, each independent of the others; `tail` is run once, by whoever runs the
 * last task, for the elements that do not fill a vector.
 */
export interface Kernel {
  readonly name: string;
  readonly params: readonly Buffer[];
  readonly scratch: readonly Buffer[];
  readonly task: LoopVar;
  readonly body: readonly Statement[];
  readonly tail: readonly Statement[];
  readonly usesChecks: boolean;
}

/** The type arithmetic on a dtype is done in. */
export const scalarOf = (dtype: DType): Scalar => {
  switch (dtype) {
    case 'float64':
      return 'f64';
    case 'float32':
    case 'float16':
    case 'bfloat16':
      return 'f32';
    case 'bool':
      return 'bool';
    default:
      return 'i32';
  }
};
