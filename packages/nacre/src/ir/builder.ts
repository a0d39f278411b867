import { type DType, dtypes } from '../base/dtype.ts';
import {
  type Accumulator,
  type Atom,
  type BinaryOp,
  type Buffer,
  type Expr,
  type Index,
  type LoopVar,
  operands,
  type Scalar,
  type Statement,
  type StoreItem,
  scalarOf,
  type Term,
  type UnaryOp,
} from './expr.ts';

const comparisons: ReadonlySet<BinaryOp> = new Set(['eq', 'ne', 'lt', 'le']);

/** `Omit` over each member of a union. */
type Body<E> = E extends unknown ? Omit<E, 'id'> : never;

/**
 * Makes the expressions of one kernel. Equal expressions are one object, so that a renderer computes each once.
 * Index forms are kept linear where mathematics allows, and simplified by what is known of their range.
 */
export class KernelBuilder {
  readonly params: Buffer[] = [];
  readonly scratch: Buffer[] = [];
  /** Lanes of a vector of 4-byte elements on the target. */
  readonly lanes: number;
  /** Whether vectors may be loaded and stored in part, and every second element as a vector. */
  readonly partial: boolean;
  /**
   * Stand for the number of a lane in the index forms of a vector, one for each count of lanes in use: an index they occur in denotes
   * a vector, and the coefficient is the distance between neighbouring lanes.
   */
  readonly #laneVars = new Map<number, LoopVar>();
  /** Lanes that vectors begun now make use of; what the others hold is never stored, and addresses nothing. */
  #used: number;
  /** Statements of the block under construction. */
  #block: Statement[] = [];
  readonly #interned = new Map<string, Expr>();
  readonly #taken = new Map<string, Expr>();
  readonly #atoms = new Map<string, Atom>();
  #nextId = 0;
  #level = 0;
  usesChecks = false;
  /** Told of every index a value is taken at: how the compiler learns which axes may become one. */
  onIndex: ((index: Index) => void) | null = null;

  constructor(lanes: number, partial = false) {
    this.lanes = lanes;
    this.partial = partial && lanes > 1;
    this.#used = lanes;
  }

  // ---- memory ----

  param(dtype: DType, written = false, streamed = false): Buffer {
    const buffer: Buffer = { id: this.#nextId++, dtype, role: 'param', length: 0, written, streamed };
    this.params.push(buffer);
    return buffer;
  }

  scratchBuffer(dtype: DType, length: number): Buffer {
    const buffer: Buffer = {
      id: this.#nextId++,
      dtype,
      role: 'scratch',
      length,
      written: true,
      streamed: false,
    };
    this.scratch.push(buffer);
    return buffer;
  }

  // ---- statements ----

  /** Collects what `build` emits into a list of its own. */
  capture(build: () => void): Statement[] {
    const outer = this.#block;
    const inner: Statement[] = [];
    this.#block = inner;
    build();
    this.#block = outer;
    return inner;
  }

  newLoopVar(extent: number): LoopVar {
    return { kind: 'var', id: this.#nextId++, extent, level: this.#level };
  }

  /** A loop of `extent` steps; one step needs no loop. */
  loop(extent: number, build: (v: Index) => void): void {
    if (extent <= 0) return;
    if (extent === 1) {
      build(this.constant(0));
      return;
    }
    this.#level++;
    const v = this.newLoopVar(extent);
    const body = this.capture(() => build(this.indexVar(v)));
    this.#level--;
    this.#block.push({ kind: 'loop', v, body });
  }

  /** Visits 0..extent-1 as whole vectors, then element by element; `at` is the vector's index, or the element's. */
  vectorLoop(extent: number, build: (at: Index, lanes: number) => void): void {
    const whole = this.lanes > 1 ? Math.floor(extent / this.lanes) : 0;
    this.loop(whole, (v) => build(this.vectorAt(this.scale(v, this.lanes)), this.lanes));
    this.loop(extent - whole * this.lanes, (v) => build(this.shift(v, whole * this.lanes), 1));
  }

  /** Visits 0..extent-1 as vectors, the last of them in part where the target can do that; else what remains element by element. */
  coveringLoop(extent: number, build: (at: Index) => void): void {
    const whole = this.lanes > 1 ? Math.floor(extent / this.lanes) : 0;
    const rest = extent - whole * this.lanes;
    if (!this.partial || rest < 2) {
      this.vectorLoop(extent, build);
      return;
    }
    this.loop(whole, (v) => build(this.vectorAt(this.scale(v, this.lanes))));
    this.withLanes(rest, () => build(this.vectorAt(this.constant(whole * this.lanes))));
  }

  /** Vectors begun inside `build` use their first `count` lanes alone. */
  withLanes<R>(count: number, build: () => R): R {
    const outer = this.#used;
    this.#used = count;
    try {
      return build();
    } finally {
      this.#used = outer;
    }
  }

  /** The vector of neighbouring indices that begins at `start`. */
  vectorAt(start: Index): Index {
    if (this.lanes === 1) return start;
    const known = this.#laneVars.get(this.#used);
    const atom: LoopVar = known ?? { kind: 'var', id: this.#nextId++, extent: this.#used, level: -1 };
    if (!known) this.#laneVars.set(this.#used, atom);
    return this.add(start, this.#form([{ atom, coefficient: 1 }], 0));
  }

  /** The mask of the first `count` lanes. */
  firstLanes(count: number): Expr {
    const ramp = this.indexValue(this.withLanes(this.lanes, () => this.vectorAt(this.constant(0))));
    return this.binary('lt', ramp, this.const(count, 'i32'));
  }

  declare(init: Expr, lanes = init.lanes): Accumulator {
    const accumulator: Accumulator = { id: this.#nextId++, type: init.type, lanes };
    this.#block.push({ kind: 'declare', accumulator, init: this.spread(init, lanes) });
    return accumulator;
  }

  assign(items: readonly { accumulator: Accumulator; value: Expr }[]): void {
    if (!items.length) return;
    this.#block.push({
      kind: 'assign',
      items: items.map(({ accumulator, value }) => ({
        accumulator,
        value: this.spread(value, accumulator.lanes),
      })),
    });
  }

  /** Stores elements, vectors of neighbouring elements, and vectors whose lanes belong elsewhere, one by one. */
  store(items: readonly { buffer: Buffer; index: Index; value: Expr }[]): void {
    if (!items.length) return;
    const placed = items.flatMap(({ buffer, index, value }): StoreItem[] => {
      if (!buffer.written) throw new Error('a store to what is only read');
      const stride = this.laneStride(index);
      // Along an axis of one element a vector in part has one lane, and no index shows it.
      if (stride === 0) return [{ buffer, value: this.lane(value, 0), ...this.#address(buffer, index) }];
      if (stride === 1)
        return [
          {
            buffer,
            value: this.spread(value, this.lanes),
            ...this.#part(index),
            ...this.#address(buffer, index),
          },
        ];
      return Array.from({ length: this.#used }, (_, lane) => ({
        buffer,
        value: this.lane(value, lane),
        ...this.#address(buffer, this.substituteLane(index, lane)),
      }));
    });
    this.#block.push({ kind: 'store', items: placed });
  }

  /** Reports `value` under `code` where `ok` is false; lane by lane for vectors. */
  check(ok: Expr, code: Expr, value: Expr): void {
    this.usesChecks = true;
    for (let lane = 0; lane < Math.min(ok.lanes, this.#used); lane++) {
      this.#block.push({
        kind: 'check',
        ok: ok.lanes === 1 ? ok : this.lane(ok, lane),
        code,
        value: value.lanes === 1 ? value : this.lane(value, lane),
      });
    }
  }

  // ---- values ----

  #intern(key: string, make: Body<Expr>): Expr {
    const known = this.#interned.get(key);
    if (known) return known;
    const expr = { id: this.#nextId++, ...make } as Expr;
    this.#interned.set(key, expr);
    return expr;
  }

  const(value: number, type: Scalar): Expr {
    const exact = type === 'f32' ? Math.fround(value) : value;
    return this.#intern(`c${type}${Object.is(exact, -0) ? '-0' : exact}`, {
      kind: 'const',
      type,
      lanes: 1,
      level: -1,
      value: exact,
    });
  }

  /** The number of an index form, as i32; a vector where it runs along the vector counter. */
  indexValue(index: Index): Expr {
    this.onIndex?.(index);
    const coefficient = this.laneStride(index);
    if (coefficient === null) return this.#pack(index, (at) => this.indexValue(at));
    const start = this.#linear(index, 1);
    const value = index.offset
      ? this.binary('add', start ?? this.const(0, 'i32'), this.const(index.offset, 'i32'))
      : start;
    if (coefficient === 0) return value ?? this.const(0, 'i32');
    const ramp = this.#intern(`r${coefficient}`, {
      kind: 'ramp',
      type: 'i32',
      lanes: this.lanes,
      level: -1,
      stride: coefficient,
    });
    return value ? this.binary('add', value, ramp) : ramp;
  }

  load(buffer: Buffer, index: Index): Expr {
    this.onIndex?.(index);
    // The bits of 16-bit floats are read as integers; arithmetic turns them into numbers.
    const type = dtypes[buffer.dtype].bytes === 2 ? 'i32' : scalarOf(buffer.dtype);
    const coefficient = this.laneStride(index);
    const alternate = coefficient === 2 && this.partial && dtypes[buffer.dtype].bytes === 4;
    if (coefficient !== 0 && coefficient !== 1 && !alternate)
      return this.#pack(index, (at) => this.load(buffer, at));
    const lanes = coefficient === 0 ? 1 : this.lanes;
    const { address, offset } = this.#address(buffer, index);
    const level = buffer.written ? Number.POSITIVE_INFINITY : address.level;
    return this.#intern(`l${lanes},${buffer.id}@${index.key}`, {
      kind: 'load',
      type,
      lanes,
      ...this.#part(index),
      ...(alternate && { alternate }),
      level,
      buffer,
      index,
      address,
      offset,
    });
  }

  /** What a load or a store says of the lanes in use, where not all are. */
  #part(index: Index): { readonly used?: number } {
    const lane = index.terms.find((term) => isLane(term.atom))?.atom as LoopVar | undefined;
    return lane && lane.extent < this.lanes ? { used: lane.extent } : {};
  }

  #address(buffer: Buffer, index: Index): { address: Expr; offset: number } {
    const bytes = dtypes[buffer.dtype].bytes;
    const pointer = this.#intern(`p${buffer.id}`, {
      kind: 'pointer',
      type: 'i32',
      lanes: 1,
      level: -1,
      buffer,
    });
    // An immediate offset must not meet an address that was first lowered below the buffer.
    const monotone = index.offset >= 0 && index.terms.every((term) => term.coefficient > 0);
    const offset = monotone ? index.offset * bytes : 0;
    let address = this.#linear(index, bytes, pointer)!;
    if (!monotone && index.offset)
      address = this.binary('add', address, this.const(index.offset * bytes, 'i32'));
    return { address, offset };
  }

  /** Σ coefficient·atom·scale (without the offset), outer loops first, so that each prefix can move out of the inner loops. */
  #linear(index: Index, scale: number, start: Expr | null = null): Expr | null {
    const parts = index.terms
      .filter((term) => !isLane(term.atom))
      .map(({ atom, coefficient }) => ({ value: this.#atomValue(atom), factor: coefficient * scale }))
      .sort((a, b) => a.value.level - b.value.level);
    let sum = start;
    for (const { value, factor } of parts) {
      const part = this.binary('mul', value, this.const(factor, 'i32'));
      sum = sum ? this.binary('add', sum, part) : part;
    }
    return sum;
  }

  #atomValue(atom: Atom): Expr {
    switch (atom.kind) {
      case 'var':
        return this.#intern(`v${atom.id}`, {
          kind: 'counter',
          type: 'i32',
          lanes: 1,
          level: atom.level,
          v: atom,
        });
      case 'value':
        return atom.value;
      default: {
        const of = this.#linear(atom.of, 1);
        const whole = this.binary('add', of ?? this.const(0, 'i32'), this.const(atom.of.offset, 'i32'));
        const { kind, by } = atom;
        // No element has a negative index, but what is left of one when multiples of `by` are taken out may be negative, and so may
        // one outside a padded operand: quotients are rounded down.
        const { min } = atom.of;
        const shift = Math.log2(by);
        if (Number.isInteger(shift)) {
          return kind === 'div'
            ? this.binary(min < 0 ? 'shrS' : 'shrU', whole, this.const(shift, 'i32'))
            : this.binary('and', whole, this.const(by - 1, 'i32'));
        }
        const lift = min < 0 ? Math.ceil(-min / by) : 0;
        const lifted = this.binary('add', whole, this.const(lift * by, 'i32'));
        const divided = this.binary(kind === 'div' ? 'divS' : 'remS', lifted, this.const(by, 'i32'));
        return kind === 'div' ? this.binary('add', divided, this.const(-lift, 'i32')) : divided;
      }
    }
  }

  /** Evaluates lane by lane what no vector instruction does. */
  #pack(index: Index, each: (at: Index) => Expr): Expr {
    return this.#lanewise((lane) => each(this.substituteLane(index, lane)));
  }

  /** A vector of which each lane in use is given by itself; 0 in the others. */
  #lanewise(each: (lane: number) => Expr): Expr {
    const parts = Array.from({ length: this.#used }, (_, lane) => each(lane));
    while (parts.length < this.lanes) parts.push(this.const(0, parts[0].type));
    return this.packLanes(parts);
  }

  /** Lanes of two vectors, counted through both. */
  shuffle(x: Expr, y: Expr, order: readonly number[]): Expr {
    return this.#intern(`s${x.id},${y.id}:${order}`, {
      kind: 'shuffle',
      type: x.type,
      lanes: this.lanes,
      level: Math.max(x.level, y.level),
      x,
      y,
      order,
    });
  }

  packLanes(parts: readonly Expr[]): Expr {
    return this.#intern(`g${parts.map((part) => part.id).join(',')}`, {
      kind: 'pack',
      type: parts[0].type,
      lanes: parts.length,
      level: Math.max(...parts.map((part) => part.level)),
      parts,
    });
  }

  /** A scalar in every one of `lanes` lanes; a vector as it is. */
  spread(x: Expr, lanes: number): Expr {
    if (x.lanes === lanes) return x;
    return this.#intern(`splat${x.id}`, {
      kind: 'unary',
      op: 'splat',
      type: x.type,
      lanes,
      level: x.level,
      x,
    });
  }

  /** The scalar that one lane of a vector holds. */
  lane(x: Expr, lane: number): Expr {
    if (x.lanes === 1) return x;
    // Expressions share their parts, so each is taken apart once.
    const key = `${x.id}:${lane}`;
    const known = this.#taken.get(key);
    if (known) return known;
    const taken = this.#takeLane(x, lane);
    this.#taken.set(key, taken);
    return taken;
  }

  #takeLane(x: Expr, lane: number): Expr {
    switch (x.kind) {
      case 'load':
        return this.load(x.buffer, this.substituteLane(x.index, lane));
      case 'ramp':
        return this.const(x.stride * lane, 'i32');
      case 'pack':
        return x.parts[lane];
      case 'unary':
        if (x.op === 'splat') return x.x;
        if (x.op === 'exp2i') return this.exp2i(this.lane(x.x, lane), x.type as 'f32' | 'f64');
        return this.unary(x.op, this.lane(x.x, lane));
      case 'cast':
        return this.cast(this.lane(x.x, lane), x.type);
      case 'binary':
        return x.fuses
          ? this.fused(x.op as 'add' | 'sub', this.lane(x.x, lane), this.lane(x.y, lane))
          : this.binary(x.op, this.lane(x.x, lane), this.lane(x.y, lane));
      case 'select':
        return this.select(this.lane(x.condition, lane), this.lane(x.x, lane), this.lane(x.y, lane));
      default:
        return this.#intern(`x${x.id}:${lane}`, {
          kind: 'extract',
          type: x.type,
          lanes: 1,
          level: x.level,
          x,
          lane,
        });
    }
  }

  /** The index that one lane of a vector index denotes. */
  substituteLane(index: Index, lane: number): Index {
    let out = this.constant(index.offset);
    for (const { atom, coefficient } of index.terms) {
      let part: Index;
      if (isLane(atom)) part = this.constant(lane);
      else if (atom.kind === 'div') part = this.div(this.substituteLane(atom.of, lane), atom.by);
      else if (atom.kind === 'mod') part = this.mod(this.substituteLane(atom.of, lane), atom.by);
      else if (atom.kind === 'value') part = this.valueIndex(this.lane(atom.value, lane), atom.limit);
      else part = this.#form([{ atom, coefficient: 1 }], 0);
      out = this.add(out, this.scale(part, coefficient));
    }
    return out;
  }

  unary(op: UnaryOp, x: Expr): Expr {
    if (x.kind === 'const' && op === 'neg') return this.const(-x.value, x.type);
    const type: Scalar =
      op === 'exponentOf' || op === 'floatToBits' ? 'i32' : op === 'bitsToFloat' ? 'f32' : x.type;
    return this.#intern(`u${op}${x.id}`, { kind: 'unary', op, type, lanes: x.lanes, level: x.level, x });
  }

  /** 2^n in a float type, for an i32 n within its normal exponents. */
  exp2i(n: Expr, type: 'f32' | 'f64'): Expr {
    return this.#intern(`e${type}${n.id}`, {
      kind: 'unary',
      op: 'exp2i',
      type,
      lanes: n.lanes,
      level: n.level,
      x: n,
    });
  }

  cast(x: Expr, type: Scalar): Expr {
    if (x.type === type) return x;
    if (x.kind === 'const') {
      return this.const(
        type === 'bool' ? Number(x.value !== 0) : type === 'i32' ? saturate(x.value) : x.value,
        type,
      );
    }
    return this.#intern(`t${type}${x.id}`, { kind: 'cast', type, lanes: x.lanes, level: x.level, x });
  }

  binary(op: BinaryOp, x: Expr, y: Expr): Expr {
    if (x.type !== y.type) throw new Error(`${op}: ${x.type} beside ${y.type}`);
    if (op === 'mul') {
      if (isConst(y, 1)) return x;
      if (isConst(x, 1)) return y;
    }
    if (op === 'add' && x.type === 'i32') {
      if (isConst(y, 0)) return x;
      if (isConst(x, 0)) return y;
    }
    const lanes = Math.max(x.lanes, y.lanes);
    if (lanes > 1 && (op === 'divS' || op === 'remS')) {
      return this.#lanewise((lane) => this.binary(op, this.lane(x, lane), this.lane(y, lane)));
    }
    const left = this.spread(x, lanes);
    const right = this.spread(y, lanes);
    return this.#intern(`b${op}${left.id},${right.id}`, {
      kind: 'binary',
      op,
      type: comparisons.has(op) ? 'bool' : x.type,
      lanes,
      level: Math.max(x.level, y.level),
      x: left,
      y: right,
    });
  }

  /** A product with something added or taken away, which may be rounded once where the target can do that. */
  fused(op: 'add' | 'sub', product: Expr, y: Expr): Expr {
    const sum = this.binary(op, product, y);
    if (!this.partial || sum.kind !== 'binary' || sum.x.kind !== 'binary' || sum.x.op !== 'mul') return sum;
    const { id: _, ...body } = sum;
    return this.#intern(`f${op}${sum.x.id},${sum.y.id}`, { ...body, fuses: true });
  }

  select(condition: Expr, x: Expr, y: Expr): Expr {
    if (x === y) return x;
    if (condition.kind === 'const') return condition.value ? x : y;
    const lanes = Math.max(condition.lanes, x.lanes, y.lanes);
    const [test, left, right] = [condition, x, y].map((part) => this.spread(part, lanes));
    return this.#intern(`s${test.id},${left.id},${right.id}`, {
      kind: 'select',
      type: x.type,
      lanes,
      level: Math.max(condition.level, x.level, y.level),
      condition: test,
      x: left,
      y: right,
    });
  }

  /** The present value of an accumulator. Never shared: it changes. */
  read(accumulator: Accumulator): Expr {
    return {
      kind: 'read',
      id: this.#nextId++,
      type: accumulator.type,
      lanes: accumulator.lanes,
      level: Infinity,
      accumulator,
    };
  }

  /** A value in a register of its own that does not change again: what is computed from it may move out of inner loops. */
  keep(value: Expr): Expr {
    const accumulator = this.declare(value);
    return {
      kind: 'read',
      id: this.#nextId++,
      type: value.type,
      lanes: value.lanes,
      level: this.#level,
      accumulator,
    };
  }

  /** All lanes of a vector combined into one number. */
  fold(op: BinaryOp, x: Expr): Expr {
    if (x.lanes === 1) return x;
    return { kind: 'fold', id: this.#nextId++, type: x.type, lanes: 1, level: x.level, op, x };
  }

  // ---- index forms ----

  #form(terms: readonly Term[], offset: number): Index {
    let min = offset;
    let max = offset;
    for (const { atom, coefficient } of terms) {
      const [low, high] = atomRange(atom);
      min += coefficient > 0 ? coefficient * low : coefficient * high;
      max += coefficient > 0 ? coefficient * high : coefficient * low;
    }
    const key = `${terms.map((term) => `${term.coefficient}*${term.atom.id}`).join('+')}+${offset}`;
    return { terms, offset, min, max, key };
  }

  constant(value: number): Index {
    return this.#form([], value);
  }

  indexVar(v: LoopVar): Index {
    return v.extent === 1 ? this.constant(0) : this.#form([{ atom: v, coefficient: 1 }], 0);
  }

  /** An index that was read from memory; it lies in 0..limit-1. */
  valueIndex(value: Expr, limit: number): Index {
    const key = `value${value.id}`;
    const atom: Atom = this.#atoms.get(key) ?? { kind: 'value', id: this.#nextId++, value, limit };
    this.#atoms.set(key, atom);
    return this.#form([{ atom, coefficient: 1 }], 0);
  }

  shift(x: Index, by: number): Index {
    return by === 0 ? x : this.#form(x.terms, x.offset + by);
  }

  scale(x: Index, by: number): Index {
    if (by === 1) return x;
    if (by === 0) return this.constant(0);
    return this.#form(
      x.terms.map(({ atom, coefficient }) => ({ atom, coefficient: coefficient * by })),
      x.offset * by,
    );
  }

  add(x: Index, y: Index): Index {
    const sum = new Map<number, Term>();
    for (const term of [...x.terms, ...y.terms]) {
      const known = sum.get(term.atom.id);
      sum.set(
        term.atom.id,
        known ? { atom: term.atom, coefficient: known.coefficient + term.coefficient } : term,
      );
    }
    const terms = [...sum.values()].filter((term) => term.coefficient !== 0);
    return this.#mergeQuotients(terms, x.offset + y.offset);
  }

  /** (x div c)·c·k + (x mod c)·k is x·k: a reshape undone. */
  #mergeQuotients(terms: Term[], offset: number): Index {
    for (const mod of terms) {
      if (mod.atom.kind !== 'mod') continue;
      const { of, by } = mod.atom;
      // (x div b) mod a beside x div (a·b): the quotient of a quotient was made one.
      const nested =
        of.terms.length === 1 && of.terms[0].coefficient === 1 && of.terms[0].atom.kind === 'div'
          ? of.terms[0].atom
          : null;
      for (const div of terms) {
        if (div.atom.kind !== 'div' || div.coefficient !== mod.coefficient * by) continue;
        // Each of both was made smaller by what its own divisor goes into: they may differ by a multiple of it.
        const unit = nested && div.atom.by === nested.by * by ? nested.by : 1;
        if (div.atom.by !== by * unit) continue;
        const from = unit > 1 ? this.shift(nested!.of, of.offset * unit) : of;
        const distance = distanceOf(div.atom.of, from);
        if (distance === null || distance % div.atom.by !== 0) continue;
        const rest = terms.filter((term) => term !== mod && term !== div);
        return this.add(
          this.#form(sorted(rest), offset),
          this.scale(this.shift(of, distance / unit), mod.coefficient),
        );
      }
    }
    return this.#form(sorted(terms), offset);
  }

  /** Splits x = q·by + r with 0 ≤ r < by as far as the coefficients show it. */
  #split(x: Index, by: number): { quotient: Index; rest: Index } {
    const whole = x.terms.filter((term) => term.coefficient % by === 0);
    const rest = x.terms.filter((term) => term.coefficient % by !== 0);
    const offsetWhole = Math.floor(x.offset / by);
    return {
      quotient: this.#form(
        whole.map(({ atom, coefficient }) => ({ atom, coefficient: coefficient / by })),
        offsetWhole,
      ),
      rest: this.#form(rest, x.offset - offsetWhole * by),
    };
  }

  /** Floor division. */
  div(x: Index, by: number): Index {
    if (by === 1) return x;
    const { quotient, rest } = this.#split(x, by);
    if (rest.min >= 0 && rest.max < by) return quotient;
    const coarse = this.#coarsen(rest, by);
    if (coarse) return this.add(quotient, this.div(coarse.big, by / coarse.unit));
    return this.add(quotient, this.#form([{ atom: this.#quotient('div', rest, by), coefficient: 1 }], 0));
  }

  mod(x: Index, by: number): Index {
    if (by === 1) return this.constant(0);
    const { rest } = this.#split(x, by);
    if (rest.min >= 0 && rest.max < by) return rest;
    const coarse = this.#coarsen(rest, by);
    if (coarse)
      return this.add(this.scale(this.mod(coarse.big, by / coarse.unit), coarse.unit), coarse.small);
    return this.#form([{ atom: this.#quotient('mod', rest, by), coefficient: 1 }], 0);
  }

  /**
   * Writes x as big·unit + small, where unit divides `by` and small lies in 0..unit-1, so that small takes no part in a quotient by
   * `by`: (4t + lane) div 12 is t div 3.
   */
  #coarsen(x: Index, by: number): { unit: number; big: Index; small: Index } | null {
    for (const { coefficient } of x.terms) {
      const unit = greatestCommonDivisor(Math.abs(coefficient), by);
      if (unit === 1) continue;
      const isBig = (term: Term): boolean => term.coefficient % unit === 0;
      const whole = Math.floor(x.offset / unit);
      const small = this.#form(
        x.terms.filter((term) => !isBig(term)),
        x.offset - whole * unit,
      );
      if (small.min < 0 || small.max >= unit) continue;
      const big = x.terms
        .filter(isBig)
        .map((term) => ({ atom: term.atom, coefficient: term.coefficient / unit }));
      return { unit, big: this.#form(big, whole), small };
    }
    return null;
  }

  #quotient(kind: 'div' | 'mod', of: Index, by: number): Atom {
    // (x div a) div b is x div (a·b): nested reshapes stay shallow.
    const only =
      of.terms.length === 1 && of.offset === 0 && of.terms[0].coefficient === 1 ? of.terms[0].atom : null;
    if (kind === 'div' && only?.kind === 'div') return this.#quotient('div', only.of, only.by * by);
    const key = `${kind}(${of.key})${by}`;
    const known = this.#atoms.get(key);
    if (known) return known;
    const atom: Atom = { kind, id: this.#nextId++, of, by };
    this.#atoms.set(key, atom);
    return atom;
  }

  /** Distance between neighbouring lanes: 0 for a scalar, null where the lane stands inside a quotient or a loaded index. */
  laneStride(index: Index): number | null {
    let stride = 0;
    for (const { atom, coefficient } of index.terms) {
      if (isLane(atom)) stride = coefficient;
      else if (atom.kind !== 'var' && this.#runsAlongLanes(atom)) return null;
    }
    return stride;
  }

  #runsAlongLanes(atom: Atom): boolean {
    if (atom.kind === 'var') return isLane(atom);
    if (atom.kind === 'value') return atom.value.lanes > 1;
    return atom.of.terms.some((term) => this.#runsAlongLanes(term.atom));
  }

  #atomDependsOn(atom: Atom, v: LoopVar): boolean {
    switch (atom.kind) {
      case 'var':
        return atom === v;
      case 'value':
        return atom.value.lanes > 1 || exprDependsOn(atom.value, v);
      default:
        return this.dependsOn(atom.of, v);
    }
  }

  dependsOn(index: Index, v: LoopVar): boolean {
    return index.terms.some((term) => this.#atomDependsOn(term.atom, v));
  }
}

function exprDependsOn(expr: Expr, v: LoopVar): boolean {
  const seen = new Set<number>();
  const stack = [expr];
  while (stack.length) {
    const top = stack.pop()!;
    if (top.kind === 'counter' && top.v === v) return true;
    for (const operand of operands(top)) {
      if (seen.has(operand.id)) continue;
      seen.add(operand.id);
      stack.push(operand);
    }
  }
  return false;
}

export const greatestCommonDivisor = (a: number, b: number): number =>
  b ? greatestCommonDivisor(b, a % b) : a;

/** Whether an atom is the number of a lane. */
const isLane = (atom: Atom): boolean => atom.kind === 'var' && atom.level === -1;

const isConst = (x: Expr, value: number): boolean => x.kind === 'const' && x.value === value;

const sorted = (terms: readonly Term[]): Term[] => [...terms].sort((a, b) => a.atom.id - b.atom.id);

const saturate = (value: number): number =>
  Number.isNaN(value) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(value)));

function atomRange(atom: Atom): readonly [number, number] {
  switch (atom.kind) {
    case 'var':
      return [0, atom.extent - 1];
    case 'value':
      return [0, atom.limit - 1];
    // A negative index is of no element, and said to be: whoever reads memory there has to ask first.
    case 'mod':
      return [atom.of.min < 0 ? 1 - atom.by : 0, atom.by - 1];
    case 'div':
      return [Math.floor(atom.of.min / atom.by), Math.floor(Math.max(0, atom.of.max) / atom.by)];
  }
}

/** How far one index is from another, if that is one number. */
function distanceOf(to: Index, from: Index): number | null {
  const same =
    to.terms.length === from.terms.length &&
    to.terms.every(
      ({ atom, coefficient }, i) =>
        atom.id === from.terms[i].atom.id && coefficient === from.terms[i].coefficient,
    );
  return same ? to.offset - from.offset : null;
}
