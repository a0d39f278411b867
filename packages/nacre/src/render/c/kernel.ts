import { dtypes } from '../../base/dtype.ts';
import type { Accumulator, Buffer, Expr, Kernel, StoreItem } from '../../ir/expr.ts';
import { operands } from '../../ir/expr.ts';
import { type PlacedStatement, place, values } from '../../ir/place.ts';
import { scratchBytes } from '../wasm/kernel.ts';
import {
  cType,
  isShift,
  literal,
  printBinary,
  printCast,
  printSelect,
  printUnary,
  unrendered,
} from './operations.ts';

/** What a kernel's C function takes before its pointers. */
export const kernelParameters = 'i32 begin, i32 end, char *restrict scratch, mem_int32 *status';

/**
 * Renders the parameters and the body of one kernel: the tasks begin..end-1. Two kernels that do the same give the same text,
 * because names are numbered in the order in which they are first printed.
 */
export function renderKernel(kernel: Kernel): string {
  return new KernelWriter(kernel).write();
}

/** Whether a vector in registers is what lies in memory. */
const isWord = ({ dtype }: Buffer): boolean => dtype === 'float32' || dtype === 'int32';

class KernelWriter {
  readonly #lines: string[] = [];
  #depth = 1;
  /** Values that have a name where the text now stands. */
  #names = new Map<number, string>();
  readonly #accumulators = new Map<number, string>();
  readonly #counters = new Map<number, string>();
  readonly #pointers = new Map<number, string>();
  /** Products that are distances in bytes: they may be beyond an i32, so they are computed as i64. */
  readonly #distances = new Set<number>();
  #values = 0;

  constructor(private readonly kernel: Kernel) {}

  write(): string {
    const { kernel } = this;
    kernel.params.forEach((buffer, position) => {
      this.#pointers.set(buffer.id, `p${position}`);
    });
    let offset = 0;
    for (const [position, buffer] of kernel.scratch.entries()) {
      this.#pointers.set(buffer.id, `s${position}`);
      this.#line(`char *const s${position} = scratch + ${offset};`);
      offset += scratchBytes(buffer.length * dtypes[buffer.dtype].bytes);
    }
    const streamed = kernel.params.filter((buffer) => buffer.streamed && isWord(buffer));
    for (const buffer of streamed) {
      const [name, ...others] = [buffer, ...kernel.params.filter((other) => other !== buffer)].map(
        ({ id }) => this.#pointers.get(id)!,
      );
      this.#line(
        `int const ${name}_alone = ${others.map((other) => `${name} != ${other}`).join(' && ') || 1};`,
      );
    }
    const placed = place(kernel);
    this.#findDistances([...placed.body, ...placed.tail]);
    this.#define(placed.entry);
    if (placed.body.length) {
      this.#counters.set(kernel.task.id, 'task');
      this.#braces('for (i32 task = begin; task < end; task++)', () => this.#block(placed.body));
    }
    if (placed.tail.length) {
      const extent = kernel.body.length ? kernel.task.extent : 0;
      this.#braces(`if (end == ${extent})`, () => this.#block(placed.tail));
    }
    if (streamed.length) this.#line('streamed();');
    const parameters = [kernelParameters, ...kernel.params.map((_, position) => `char *p${position}`)];
    return `(${parameters.join(', ')}) {\n${this.#lines.join('')}}\n`;
  }

  #line(text: string): void {
    this.#lines.push(`${'  '.repeat(this.#depth)}${text}\n`);
  }

  /** A block of C; names given inside are unknown after it. */
  #braces(head: string, body: () => void): void {
    this.#line(`${head} {`);
    const names = this.#names;
    this.#names = new Map(names);
    this.#depth++;
    body();
    this.#depth--;
    this.#names = names;
    this.#line('}');
  }

  #findDistances(statements: readonly PlacedStatement[]): void {
    const seen = new Set<number>();
    const walk = (address: Expr): void => {
      for (let sum = address; sum.kind === 'binary'; sum = sum.x)
        if (isProduct(sum.y)) this.#distances.add(sum.y.id);
    };
    const visit = (expr: Expr): void => {
      if (seen.has(expr.id)) return;
      seen.add(expr.id);
      if (expr.kind === 'load') walk(expr.address);
      operands(expr).forEach(visit);
    };
    const block = (list: readonly PlacedStatement[]): void => {
      for (const { statement, body } of list) {
        if (statement.kind === 'store') for (const { address } of statement.items) walk(address);
        values(statement).forEach(visit);
        block(body);
      }
    };
    block(statements);
  }

  #define(lets: readonly Expr[]): void {
    for (const expr of lets) {
      this.#names.delete(expr.id);
      const isDistance = this.#distances.has(expr.id);
      const type = isAddress(expr) ? 'char *' : isDistance ? 'i64' : cType(expr.type, expr.lanes);
      const value = isAddress(expr)
        ? this.#address(expr)
        : isDistance
          ? this.#distance(expr)
          : this.#print(expr);
      // gcc would rather read a vector again for each of its uses, in the very operation that uses it.
      const held =
        expr.kind === 'load' && expr.lanes > 1 && expr.type === 'f32' ? `held_f32v(${value})` : value;
      const name = `v${this.#values++}`;
      this.#line(`${type}${type.endsWith('*') ? '' : ' '}const ${name} = ${unwrap(held)};`);
      this.#names.set(expr.id, name);
    }
  }

  #block(statements: readonly PlacedStatement[]): void {
    for (const placed of statements) {
      this.#define(placed.lets);
      this.#statement(placed);
      // What reads mutable state is computed anew by the next statement.
      for (const expr of placed.lets)
        if (expr.level === Number.POSITIVE_INFINITY) this.#names.delete(expr.id);
    }
  }

  #statement({ statement, body }: PlacedStatement): void {
    switch (statement.kind) {
      case 'loop': {
        const name = `x${this.#counters.size}`;
        this.#counters.set(statement.v.id, name);
        this.#braces(`for (i32 ${name} = 0; ${name} < ${statement.v.extent}; ${name}++)`, () =>
          this.#block(body),
        );
        break;
      }
      case 'declare': {
        const { accumulator, init } = statement;
        const value = this.#print(init);
        this.#line(
          `${cType(accumulator.type, accumulator.lanes)} ${this.#accumulator(accumulator)} = ${unwrap(value)};`,
        );
        break;
      }
      case 'assign':
        this.#together(
          statement.items.map(({ accumulator, value }) => ({
            value,
            text: this.#sum(value),
            write: (text) => this.#line(`${this.#accumulator(accumulator)} = ${unwrap(text)};`),
          })),
        );
        break;
      case 'store':
        this.#together(
          statement.items.map((item) => ({
            value: item.value,
            text: this.#print(item.value),
            write: (text) => this.#store(item, text),
          })),
        );
        break;
      case 'check':
        this.#line(
          `if (!${this.#print(statement.ok)}) fail(status, ${this.#print(statement.code)}, ${this.#print(statement.value)});`,
        );
        break;
    }
  }

  /** Several values, all computed before the first is written. */
  #together(items: readonly { value: Expr; text: string; write: (text: string) => void }[]): void {
    if (items.length === 1) {
      items[0].write(items[0].text);
      return;
    }
    const texts = items.map(({ value, text }) => {
      if (this.#names.has(value.id) || value.kind === 'const') return text;
      const name = `v${this.#values++}`;
      this.#line(`${cType(value.type, value.lanes)} const ${name} = ${unwrap(text)};`);
      return name;
    });
    items.forEach(({ write }, i) => {
      write(texts[i]);
    });
  }

  #accumulator({ id }: Accumulator): string {
    const name = this.#accumulators.get(id) ?? `a${this.#accumulators.size}`;
    this.#accumulators.set(id, name);
    return name;
  }

  /** The next value of an accumulator: a product added to its present one may be one operation. */
  #sum(value: Expr): string {
    if (value.kind === 'binary' && value.op === 'add' && !this.#names.has(value.id)) {
      const { x, y } = value;
      const isFloat = value.type === 'f32' || value.type === 'f64';
      if (isFloat && x.kind === 'read' && y.kind === 'binary' && y.op === 'mul' && !this.#names.has(y.id)) {
        const parts = [y.x, y.y, x].map((part) => this.#print(part));
        return `madd_${cType(value.type, value.lanes)}(${parts.join(', ')})`;
      }
    }
    return this.#print(value);
  }

  #store({ buffer, address, offset, value, used }: StoreItem, text: string): void {
    const at = this.#place(address, offset);
    if (value.lanes === 1) {
      this.#line(`*(mem_${buffer.dtype} *)${at} = ${unwrap(text)};`);
      return;
    }
    // The low bytes of each lane; signed or not makes no difference.
    const type = buffer.dtype === 'int8' ? 'uint8' : memoryType(buffer.dtype);
    if (used === undefined && buffer.streamed && isWord(buffer)) {
      const alone = `${this.#pointers.get(buffer.id)}_alone`;
      this.#line(`stream_${type}(${unwrap(at)}, ${unwrap(text)}, ${alone});`);
      return;
    }
    const part = used === undefined ? '' : `, ${used}`;
    this.#line(`store${part && '_part'}_${type}(${unwrap(at)}, ${unwrap(text)}${part});`);
  }

  /** The address of an element. */
  #place(address: Expr, offset: number): string {
    const at = this.#address(address);
    return offset ? `(${unwrap(at)} + ${offset})` : at;
  }

  #address(expr: Expr): string {
    const name = this.#names.get(expr.id);
    if (name) return name;
    if (expr.kind === 'pointer') return this.#pointers.get(expr.buffer.id)!;
    if (expr.kind !== 'binary' || expr.op !== 'add') throw unrendered(`an address of ${expr.kind}`);
    return `(${unwrap(this.#address(expr.x))} + ${this.#distance(expr.y)})`;
  }

  /** A number of bytes, as i64 where it is a product. */
  #distance(expr: Expr): string {
    const name = this.#names.get(expr.id);
    if (name) return name;
    if (expr.kind === 'const') return expr.value < 0 ? `(${expr.value})` : `${expr.value}`;
    if (!isProduct(expr)) return this.#print(expr);
    return `(i64)${this.#print(expr.x)} * ${this.#distance(expr.y)}`;
  }

  #print(expr: Expr): string {
    const name = this.#names.get(expr.id);
    if (name) return this.#distances.has(expr.id) ? `(i32)${name}` : name;
    switch (expr.kind) {
      case 'const':
        return literal(expr.value, expr.type);
      case 'counter':
        return this.#counters.get(expr.v.id)!;
      case 'pointer':
        throw unrendered('a pointer that is no address');
      case 'ramp':
        return lanesOf('i32v', expr.lanes, (lane) => literal(expr.stride * lane, 'i32'));
      case 'load':
        return this.#load(expr);
      case 'extract':
        return expr.type === 'bool'
          ? `((${this.#print(expr.x)})[${expr.lane}] & 1)`
          : `(${this.#print(expr.x)})[${expr.lane}]`;
      case 'pack': {
        const sign = expr.type === 'bool' ? '-' : '';
        return lanesOf(
          cType(expr.type, expr.lanes),
          expr.lanes,
          (lane) => sign + this.#print(expr.parts[lane]),
        );
      }
      case 'shuffle': {
        const type = cType(expr.type, expr.lanes);
        return `(${type})BETWEEN(${this.#print(expr.x)}, ${this.#print(expr.y)}, ${expr.order.join(', ')})`;
      }
      case 'unary':
        return printUnary(expr.op, expr.x, expr.type, this.#print(expr.x));
      case 'cast':
        return printCast(expr.x.type, expr.type, expr.lanes, this.#print(expr.x));
      case 'binary': {
        const { op, x, y, fuses } = expr;
        if (fuses && x.kind === 'binary' && !this.#names.has(x.id)) {
          const sum = this.#print(y);
          const parts = [this.#print(x.x), this.#print(x.y), op === 'add' ? sum : `-${sum}`];
          return `madd_${cType(expr.type, expr.lanes)}(${parts.join(', ')})`;
        }
        return printBinary(
          op,
          x.type,
          x.lanes,
          this.#print(x),
          isShift(op) ? this.#shiftCount(y) : this.#print(y),
        );
      }
      case 'select': {
        const [condition, x, y] = [expr.condition, expr.x, expr.y].map((part) => this.#print(part));
        return printSelect(expr, condition, x, y);
      }
      case 'read':
        return this.#accumulator(expr.accumulator);
      case 'fold': {
        const isMask = expr.type === 'bool';
        const op = isMask ? ({ min: 'and', max: 'or' }[expr.op as string] ?? expr.op) : expr.op;
        const folded = `fold_${op}_${isMask ? 'i32' : expr.type}(${this.#print(expr.x)})`;
        return isMask ? `(${folded} & 1)` : folded;
      }
    }
  }

  #load({ buffer, address, offset, lanes, type, used, alternate }: Expr & { kind: 'load' }): string {
    const at = this.#place(address, offset);
    if (lanes > 1) {
      const element = memoryType(buffer.dtype);
      if (alternate) return `load_alternate_${element}(${unwrap(at)}, ${used ?? lanes})`;
      return used === undefined
        ? `load_${element}(${unwrap(at)})`
        : `load_part_${element}(${unwrap(at)}, ${used})`;
    }
    const element = `*(const mem_${buffer.dtype} *)${at}`;
    return type === 'bool' ? `(${element} != 0)` : element;
  }

  /** Counts are taken modulo 32. */
  #shiftCount(y: Expr): string {
    const scalar = y.kind === 'unary' && y.op === 'splat' ? y.x : y;
    if (scalar.kind === 'const') return `${scalar.value & 31}`;
    return `(${this.#print(scalar)} & 31)`;
  }
}

/** The numbers that 16-bit floats are read and written as. */
const memoryType = (dtype: string): string =>
  dtype === 'float16' || dtype === 'bfloat16' ? 'uint16' : dtype;

const lanesOf = (type: string, lanes: number, each: (lane: number) => string): string =>
  `(${type}){${Array.from({ length: lanes }, (_, lane) => each(lane)).join(', ')}}`;

/** A pointer with distances added: what loads and stores are given. */
const isAddress = (expr: Expr): boolean =>
  expr.kind === 'pointer' || (expr.kind === 'binary' && expr.op === 'add' && isAddress(expr.x));

/** A place along an axis times the bytes between neighbours. */
const isProduct = (expr: Expr): expr is Expr & { kind: 'binary' } =>
  expr.kind === 'binary' && expr.op === 'mul' && expr.y.kind === 'const';

/** Text without the parentheses around all of it. */
function unwrap(text: string): string {
  if (!text.startsWith('(')) return text;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return i === text.length - 1 ? text.slice(1, -1) : text;
  }
  return text;
}
