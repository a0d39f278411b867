import { dtypes } from '../../base/dtype.ts';
import type { Accumulator, BinaryOp, Expr, Kernel, Scalar, StoreItem } from '../../ir/expr.ts';
import { type PlacedStatement, place } from '../../ir/place.ts';
import { FunctionCode, type ValueType } from './encoder.ts';
import { scalarBinary, scalarUnary, simd, vectorBinary, vectorShift, vectorUnary } from './opcodes.ts';

/** An operation the tables lack: a mistake of the compiler, not of its user. */
const unrendered = (what: string): Error => new Error(`no WebAssembly for ${what}`);

const localType = (type: Scalar, lanes: number): ValueType =>
  lanes > 1 ? 'v128' : type === 'f32' || type === 'f64' ? type : 'i32';

/** Parameters that every kernel function begins with. */
export const kernelParams = { begin: 0, end: 1, scratch: 2, status: 3, first: 4 } as const;

/** Renders one kernel: `(begin, end, scratch, status, pointer…)` runs the tasks begin..end-1. */
export function renderKernel(kernel: Kernel): FunctionCode {
  return new KernelWriter(kernel).write();
}

class KernelWriter {
  private readonly fn: FunctionCode;
  readonly #locals = new Map<number, number>();
  readonly #accumulators = new Map<number, number>();
  readonly #counters = new Map<number, number>();
  readonly #scratchOffsets = new Map<number, number>();
  readonly #params = new Map<number, number>();

  constructor(private readonly kernel: Kernel) {
    this.fn = new FunctionCode(['i32', 'i32', 'i32', 'i32', ...kernel.params.map((): ValueType => 'i32')]);
    kernel.params.forEach((buffer, position) => {
      this.#params.set(buffer.id, kernelParams.first + position);
    });
    let offset = 0;
    for (const buffer of kernel.scratch) {
      this.#scratchOffsets.set(buffer.id, offset);
      offset += scratchBytes(buffer.length * dtypes[buffer.dtype].bytes);
    }
  }

  write(): FunctionCode {
    const { fn, kernel } = this;
    const placed = place(kernel);
    this.#define(placed.entry);
    if (placed.body.length) {
      const counter = fn.newLocal('i32');
      this.#counters.set(kernel.task.id, counter);
      fn.get(kernelParams.begin).tee(counter).get(kernelParams.end).op(0x48); // i32.lt_s
      fn.if(() => {
        fn.loop(() => {
          this.#block(placed.body);
          fn.get(counter).i32(1).op(0x6a).tee(counter).get(kernelParams.end).op(0x48).brIf(0);
        });
      });
    }
    if (placed.tail.length) {
      fn.get(kernelParams.end)
        .i32(kernel.body.length ? kernel.task.extent : 0)
        .op(0x46); // i32.eq
      fn.if(() => this.#block(placed.tail));
    }
    return fn;
  }

  #define(lets: readonly Expr[]): void {
    for (const expr of lets) {
      // The tail computes anew what the task loop computed: same register, fresh value.
      const local = this.#locals.get(expr.id) ?? this.fn.newLocal(localType(expr.type, expr.lanes));
      this.#locals.delete(expr.id);
      this.#emit(expr);
      this.#locals.set(expr.id, local);
      this.fn.set(local);
    }
  }

  #block(statements: readonly PlacedStatement[]): void {
    for (const placed of statements) {
      this.#define(placed.lets);
      this.#statement(placed);
      // What reads mutable state is computed anew by the next statement.
      for (const expr of placed.lets)
        if (expr.level === Number.POSITIVE_INFINITY) this.#locals.delete(expr.id);
    }
  }

  #statement({ statement, body }: PlacedStatement): void {
    const { fn } = this;
    switch (statement.kind) {
      case 'loop': {
        const counter = fn.newLocal('i32');
        this.#counters.set(statement.v.id, counter);
        fn.i32(0).set(counter);
        fn.loop(() => {
          this.#block(body);
          fn.get(counter).i32(1).op(0x6a).tee(counter).i32(statement.v.extent).op(0x48).brIf(0);
        });
        break;
      }
      case 'declare':
        this.#emit(statement.init);
        fn.set(this.#accumulator(statement.accumulator));
        break;
      case 'assign':
        for (const { value } of statement.items) this.#emit(value);
        for (const { accumulator } of [...statement.items].reverse()) fn.set(this.#accumulator(accumulator));
        break;
      case 'store':
        this.#storeAll(statement.items);
        break;
      case 'check':
        this.#emit(statement.ok);
        fn.op(0x45); // i32.eqz
        fn.if(() => {
          // Whoever finds the status word empty leaves its report; later ones are dropped.
          fn.get(kernelParams.status).i32(0);
          this.#emit(statement.code);
          fn.op(0xfe, 0x48).memarg(2, 0).op(0x45); // i32.atomic.rmw.cmpxchg
          fn.if(() => {
            fn.get(kernelParams.status);
            this.#emit(statement.value);
            fn.op(0x36).memarg(2, 4);
          });
        });
        break;
    }
  }

  #accumulator(accumulator: Accumulator): number {
    let local = this.#accumulators.get(accumulator.id);
    if (local === undefined) {
      local = this.fn.newLocal(localType(accumulator.type, accumulator.lanes));
      this.#accumulators.set(accumulator.id, local);
    }
    return local;
  }

  #storeAll(items: readonly StoreItem[]): void {
    const { fn } = this;
    if (items.length === 1) {
      this.#emit(items[0].address);
      this.#emit(items[0].value);
      this.#store(items[0]);
      return;
    }
    const locals = items.map((item) => {
      const known = this.#locals.get(item.value.id);
      if (known !== undefined) return known;
      const local = fn.newLocal(localType(item.value.type, item.value.lanes));
      this.#emit(item.value);
      fn.set(local);
      return local;
    });
    items.forEach((item, position) => {
      this.#emit(item.address);
      fn.get(locals[position]);
      this.#store(item);
    });
  }

  /** Stores what is on the stack: address, value. */
  #store({ buffer, offset, value }: StoreItem): void {
    const { fn } = this;
    const { bytes } = dtypes[buffer.dtype];
    if (value.lanes === 1) {
      const op =
        bytes === 8 ? 0x39 : bytes === 4 ? (value.type === 'f32' ? 0x38 : 0x36) : bytes === 2 ? 0x3b : 0x3a;
      fn.op(op).memarg(Math.log2(bytes), offset);
      return;
    }
    if (bytes === 4) {
      fn.simd(simd.store).memarg(2, offset);
      return;
    }
    // The low bytes of each lane, moved together. A mask of all ones is stored as one.
    if (value.type === 'bool') this.#vectorConst('i32', 1).simd(simd.and);
    const zero = fn.newLocal('v128');
    const step = bytes === 2 ? [0, 1, 4, 5, 8, 9, 12, 13] : [0, 4, 8, 12];
    fn.get(zero)
      .simd(simd.shuffle)
      .op(...step, ...new Array(16 - step.length).fill(0));
    fn.simd(bytes === 2 ? simd.store64Lane : simd.store32Lane)
      .memarg(0, offset)
      .op(0);
  }

  #emit(expr: Expr): void {
    const local = this.#locals.get(expr.id);
    if (local !== undefined) {
      this.fn.get(local);
      return;
    }
    if (expr.lanes > 1) this.#emitVector(expr);
    else this.#emitScalar(expr);
  }

  #emitScalar(expr: Expr): void {
    const { fn } = this;
    switch (expr.kind) {
      case 'const':
        if (expr.type === 'f32') fn.op(0x43).code.f32(expr.value);
        else if (expr.type === 'f64') fn.op(0x44).code.f64(expr.value);
        else fn.i32(expr.value);
        break;
      case 'counter':
        fn.get(this.#counters.get(expr.v.id)!);
        break;
      case 'pointer': {
        const param = this.#params.get(expr.buffer.id);
        if (param !== undefined) fn.get(param);
        else fn.get(kernelParams.scratch).i32(this.#scratchOffsets.get(expr.buffer.id)!).op(0x6a);
        break;
      }
      case 'load': {
        const { dtype } = expr.buffer;
        this.#emit(expr.address);
        const op = {
          float64: 0x2b,
          float32: 0x2a,
          int32: 0x28,
          uint8: 0x2d,
          bool: 0x2d,
          int8: 0x2c,
          float16: 0x2f,
          bfloat16: 0x2f,
        }[dtype];
        fn.op(op).memarg(Math.log2(dtypes[dtype].bytes), expr.offset);
        if (dtype === 'bool') fn.i32(0).op(0x47);
        break;
      }
      case 'unary':
        this.#emit(expr.x);
        this.#scalarUnary(expr);
        break;
      case 'cast':
        this.#emit(expr.x);
        this.#scalarCast(expr.x.type, expr.type);
        break;
      case 'binary':
        this.#scalarBinary(expr.op, expr.x, expr.y);
        break;
      case 'select':
        this.#emit(expr.x);
        this.#emit(expr.y);
        this.#emit(expr.condition);
        fn.op(0x1b);
        break;
      case 'read':
        fn.get(this.#accumulator(expr.accumulator));
        break;
      case 'fold':
        this.#fold(expr.op, expr.x);
        break;
      case 'extract':
        this.#emit(expr.x);
        fn.simd(expr.type === 'f32' ? simd.extractF32 : simd.extractI32).op(expr.lane);
        if (expr.type === 'bool') fn.i32(1).op(0x71);
        break;
      default:
        throw unrendered(expr.kind);
    }
  }

  #scalarUnary(expr: Expr & { kind: 'unary' }): void {
    const { fn } = this;
    const { op, type, x } = expr;
    const table = x.type === 'f32' || x.type === 'f64' ? scalarUnary[x.type][op] : undefined;
    if (table !== undefined && op !== 'exp2i') {
      fn.op(table);
      return;
    }
    switch (op) {
      case 'neg':
        fn.i32(-1).op(0x6c);
        break;
      case 'abs': {
        const value = fn.newLocal('i32');
        fn.set(value).get(value).i32(-1).op(0x6c).get(value).get(value).i32(0).op(0x48, 0x1b);
        break;
      }
      case 'floor':
      case 'ceil':
      case 'trunc':
      case 'nearest':
        break; // integers are whole already
      case 'not':
        fn.op(0x45);
        break;
      case 'exp2i':
        if (type === 'f32') fn.i32(127).op(0x6a).i32(23).op(0x74, 0xbe);
        else fn.i32(1023).op(0x6a, 0xad).i64(52).op(0x86, 0xbf); // i64.extend_i32_u, i64.shl
        break;
      case 'exponentOf':
        if (x.type === 'f32') fn.op(0xbc).i32(23).op(0x76).i32(255).op(0x71).i32(127).op(0x6b);
        else fn.op(0xbd).i64(52).op(0x88, 0xa7).i32(2047).op(0x71).i32(1023).op(0x6b); // i64.shr_u, wrap
        break;
      case 'mantissaOf':
        if (x.type === 'f32') fn.op(0xbc).i32(0x7fffff).op(0x71).i32(0x3f800000).op(0x72, 0xbe);
        else {
          fn.op(0xbd).i64(12).op(0x86).i64(12).op(0x88); // the sign and exponent shifted out
          fn.i64(1023).i64(52).op(0x86, 0x84, 0xbf); // or-ed with the exponent of one
        }
        break;
      case 'bitsToFloat':
        fn.op(0xbe);
        break;
      case 'floatToBits':
        fn.op(0xbc);
        break;
      default:
        throw unrendered(op);
    }
  }

  #scalarCast(from: Scalar, to: Scalar): void {
    const { fn } = this;
    if (to === 'bool') {
      if (from === 'f32') fn.op(0x43).code.f32(0);
      else if (from === 'f64') fn.op(0x44).code.f64(0);
      else fn.i32(0);
      fn.op(from === 'f32' ? 0x5c : from === 'f64' ? 0x62 : 0x47);
    } else if (to === 'i32') {
      if (from === 'f32') fn.op(0xfc, 0x00);
      else if (from === 'f64') fn.op(0xfc, 0x02);
    } else if (to === 'f32') fn.op(from === 'f64' ? 0xb6 : 0xb2);
    else fn.op(from === 'f32' ? 0xbb : 0xb7);
  }

  #scalarBinary(op: BinaryOp, x: Expr, y: Expr): void {
    const { fn } = this;
    const type = x.type === 'bool' ? 'i32' : x.type;
    const opcode = scalarBinary[type][op];
    if (opcode !== undefined) {
      this.#emit(x);
      this.#emit(y);
      fn.op(opcode);
      return;
    }
    // No instruction: b if a < b, else a (and the mirror image of it).
    if (op !== 'pmax' && op !== 'max' && op !== 'min') throw unrendered(op);
    const local = localType(type, 1);
    const a = fn.newLocal(local);
    const b = fn.newLocal(local);
    this.#emit(x);
    fn.set(a);
    this.#emit(y);
    fn.set(b);
    const less = scalarBinary[type].lt!;
    if (op === 'min') fn.get(a).get(b).get(a).get(b).op(less, 0x1b);
    else fn.get(b).get(a).get(a).get(b).op(less, 0x1b);
  }

  #emitVector(expr: Expr): void {
    const { fn } = this;
    switch (expr.kind) {
      case 'load':
        this.#vectorLoad(expr);
        break;
      case 'ramp':
        fn.simd(simd.const);
        for (let lane = 0; lane < 4; lane++) fn.op(...littleEndian(expr.stride * lane));
        break;
      case 'pack':
        expr.parts.forEach((part, lane) => {
          this.#emit(part);
          if (part.type === 'bool') fn.i32(-1).op(0x6c); // a mask of all ones
          const float = part.type === 'f32';
          if (lane === 0) fn.simd(float ? simd.splatF32 : simd.splatI32);
          else fn.simd(float ? simd.replaceF32 : simd.replaceI32).op(lane);
        });
        break;
      case 'unary':
        this.#vectorUnary(expr);
        break;
      case 'cast':
        this.#emit(expr.x);
        this.#vectorCast(expr.x.type, expr.type);
        break;
      case 'binary':
        this.#vectorBinary(expr.op, expr.x, expr.y);
        break;
      case 'select':
        this.#emit(expr.x);
        this.#emit(expr.y);
        this.#emit(expr.condition);
        fn.simd(simd.bitselect);
        break;
      case 'read':
        fn.get(this.#accumulator(expr.accumulator));
        break;
      default:
        throw unrendered(expr.kind);
    }
  }

  #vectorLoad({ buffer, address, offset }: Expr & { kind: 'load' }): void {
    const { fn } = this;
    this.#emit(address);
    const { bytes } = dtypes[buffer.dtype];
    if (bytes === 4) fn.simd(simd.load).memarg(2, offset);
    else if (bytes === 2) fn.simd(simd.load64Zero).memarg(0, offset).simd(simd.extend16To32U);
    else {
      const signed = buffer.dtype === 'int8';
      fn.simd(simd.load32Zero).memarg(0, offset);
      fn.simd(signed ? simd.extend8To16S : simd.extend8To16U).simd(
        signed ? simd.extend16To32S : simd.extend16To32U,
      );
      if (buffer.dtype === 'bool') this.#vectorConst('i32', 0).simd(simd.neI32);
    }
  }

  #vectorUnary(expr: Expr & { kind: 'unary' }): void {
    const { fn } = this;
    const { op, x } = expr;
    if (op === 'splat') {
      if (x.kind === 'const') {
        this.#vectorConst(x.type === 'f32' ? 'f32' : 'i32', x.type === 'bool' ? -x.value : x.value);
      } else if (x.kind === 'load' && dtypes[x.buffer.dtype].bytes === 4 && !this.#locals.has(x.id)) {
        this.#emit(x.address);
        fn.simd(simd.load32Splat).memarg(2, x.offset);
      } else {
        this.#emit(x);
        if (x.type === 'bool') fn.i32(-1).op(0x6c);
        fn.simd(x.type === 'f32' ? simd.splatF32 : simd.splatI32);
      }
      return;
    }
    this.#emit(x);
    const opcode = x.type === 'f32' || x.type === 'i32' ? vectorUnary[x.type][op] : undefined;
    if (opcode !== undefined && op !== 'exp2i') {
      fn.simd(opcode);
      return;
    }
    switch (op) {
      case 'not':
        fn.simd(simd.not);
        break;
      case 'floor':
      case 'ceil':
      case 'trunc':
      case 'nearest':
      case 'bitsToFloat':
      case 'floatToBits':
        break; // integers are whole already, and the bits of a vector have no type
      case 'exp2i':
        this.#vectorConst('i32', 127).simd(vectorBinary.i32.add!).i32(23).simd(vectorShift.shl!);
        break;
      case 'exponentOf':
        fn.i32(23).simd(vectorShift.shrU!);
        this.#vectorConst('i32', 255).simd(simd.and);
        this.#vectorConst('i32', 127).simd(vectorBinary.i32.sub!);
        break;
      case 'mantissaOf':
        this.#vectorConst('i32', 0x7fffff).simd(simd.and);
        this.#vectorConst('i32', 0x3f800000).simd(simd.or);
        break;
      default:
        throw unrendered(op);
    }
  }

  #vectorCast(from: Scalar, to: Scalar): void {
    const { fn } = this;
    if (to === 'bool') {
      this.#vectorConst(from === 'f32' ? 'f32' : 'i32', 0).simd(from === 'f32' ? simd.neF32 : simd.neI32);
    } else if (from === 'bool') this.#vectorConst(to === 'f32' ? 'f32' : 'i32', 1).simd(simd.and);
    else fn.simd(to === 'i32' ? simd.truncI32 : simd.convertF32);
  }

  #vectorBinary(op: BinaryOp, x: Expr, y: Expr): void {
    const { fn } = this;
    const shift = vectorShift[op];
    if (shift !== undefined) {
      const count = y.kind === 'unary' && y.op === 'splat' ? y.x : y;
      if (count.kind !== 'const') throw unrendered(op);
      this.#emit(x);
      fn.i32(count.value).simd(shift);
      return;
    }
    if (op === 'copysign') {
      this.#emit(y);
      this.#emit(x);
      this.#vectorConst('i32', -0x80000000).simd(simd.bitselect);
      return;
    }
    this.#emit(x);
    this.#emit(y);
    if (x.type === 'bool' && op === 'eq') {
      fn.simd(vectorBinary.bool.xor!).simd(simd.not);
      return;
    }
    const opcode = x.type === 'f64' ? undefined : vectorBinary[x.type][op];
    if (opcode === undefined) throw unrendered(op);
    fn.simd(opcode);
  }

  #fold(op: BinaryOp, x: Expr): void {
    const { fn } = this;
    if (x.type === 'f64') throw unrendered(op);
    const opcode = vectorBinary[x.type][op]!;
    const half = fn.newLocal('v128');
    this.#emit(x);
    fn.tee(half)
      .get(half)
      .get(half)
      .simd(simd.shuffle)
      .op(8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
    fn.simd(opcode)
      .tee(half)
      .get(half)
      .get(half)
      .simd(simd.shuffle)
      .op(4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    fn.simd(opcode)
      .simd(x.type === 'f32' ? simd.extractF32 : simd.extractI32)
      .op(0);
    if (x.type === 'bool') fn.i32(1).op(0x71);
  }

  #vectorConst(type: 'f32' | 'i32', value: number): FunctionCode {
    const bytes = type === 'i32' ? littleEndian(value) : new Uint8Array(new Float32Array([value]).buffer);
    this.fn.simd(simd.const);
    for (let lane = 0; lane < 4; lane++) this.fn.op(...bytes);
    return this.fn;
  }
}

const littleEndian = (value: number): Uint8Array => new Uint8Array(new Int32Array([value]).buffer);

/** Scratch buffers begin at cache lines. */
export const scratchBytes = (bytes: number): number => Math.ceil(bytes / 64) * 64;
