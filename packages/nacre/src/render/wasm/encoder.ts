/** Bytes of a WebAssembly module, as the core specification (section 5, binary format) lays them out. */

export const valueType = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
export type ValueType = keyof typeof valueType;

/** A growing list of bytes with the format's integer encodings. */
export class Bytes {
  private data = new Uint8Array(1024);
  length = 0;

  #reserve(more: number): void {
    if (this.length + more <= this.data.length) return;
    const grown = new Uint8Array(Math.max(this.data.length * 2, this.length + more));
    grown.set(this.data.subarray(0, this.length));
    this.data = grown;
  }

  byte(...values: number[]): this {
    this.#reserve(values.length);
    for (const value of values) this.data[this.length++] = value;
    return this;
  }

  append(other: Bytes): this {
    this.#reserve(other.length);
    this.data.set(other.data.subarray(0, other.length), this.length);
    this.length += other.length;
    return this;
  }

  /** Unsigned LEB128. */
  u32(value: number): this {
    let rest = value >>> 0;
    do {
      const low = rest & 0x7f;
      rest >>>= 7;
      this.byte(rest ? low | 0x80 : low);
    } while (rest);
    return this;
  }

  /** Signed LEB128 of a 32-bit integer. */
  s32(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      const done = (rest === 0 && !(low & 0x40)) || (rest === -1 && (low & 0x40) !== 0);
      this.byte(done ? low : low | 0x80);
      if (done) return this;
    }
  }

  f32(value: number): this {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value, true);
    return this.byte(...new Uint8Array(view.buffer));
  }

  f64(value: number): this {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value, true);
    return this.byte(...new Uint8Array(view.buffer));
  }

  name(text: string): this {
    const bytes = new TextEncoder().encode(text);
    return this.u32(bytes.length).byte(...bytes);
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.data.slice(0, this.length);
  }
}

/** One function: its signature, the locals it asks for, and its code. */
export class FunctionCode {
  readonly code = new Bytes();
  readonly #locals: ValueType[] = [];

  constructor(
    readonly params: readonly ValueType[],
    readonly results: readonly ValueType[] = [],
  ) {}

  newLocal(type: ValueType): number {
    this.#locals.push(type);
    return this.params.length + this.#locals.length - 1;
  }

  op(...bytes: number[]): this {
    this.code.byte(...bytes);
    return this;
  }

  get(local: number): this {
    this.code.byte(0x20).u32(local);
    return this;
  }

  set(local: number): this {
    this.code.byte(0x21).u32(local);
    return this;
  }

  tee(local: number): this {
    this.code.byte(0x22).u32(local);
    return this;
  }

  i32(value: number): this {
    this.code.byte(0x41).s32(value);
    return this;
  }

  i64(value: number): this {
    this.code.byte(0x42).s32(value);
    return this;
  }

  call(index: number): this {
    this.code.byte(0x10).u32(index);
    return this;
  }

  /** A SIMD instruction: prefix 0xfd. */
  simd(op: number): this {
    this.code.byte(0xfd).u32(op);
    return this;
  }

  /** A memory instruction's alignment (as a power of two) and offset. */
  memarg(align: number, offset: number): this {
    this.code.u32(align).u32(offset);
    return this;
  }

  /** `loop … end`; `body` receives how to jump back to its start. */
  loop(body: () => void): this {
    this.op(0x03, 0x40);
    body();
    return this.op(0x0b);
  }

  if(body: () => void): this {
    this.op(0x04, 0x40);
    body();
    return this.op(0x0b);
  }

  brIf(depth: number): this {
    this.code.byte(0x0d).u32(depth);
    return this;
  }

  br(depth: number): this {
    this.code.byte(0x0c).u32(depth);
    return this;
  }

  encode(): Bytes {
    const body = new Bytes();
    const runs: [ValueType, number][] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.[0] === type) last[1]++;
      else runs.push([type, 1]);
    }
    body.u32(runs.length);
    for (const [type, count] of runs) body.u32(count).byte(valueType[type]);
    body.append(this.code).byte(0x0b);
    return new Bytes().u32(body.length).append(body);
  }
}

export interface ModuleParts {
  readonly functions: readonly FunctionCode[];
  readonly exports: readonly { name: string; index: number }[];
  readonly memory: { initial: number; maximum: number; shared: boolean };
}

/** A module that imports its memory as `env.memory`. */
export function encodeModule({ functions, exports, memory }: ModuleParts): Uint8Array<ArrayBuffer> {
  const out = new Bytes().byte(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
  const section = (id: number, content: Bytes): void => {
    out.byte(id).u32(content.length).append(content);
  };

  const signatures = new Map<string, number>();
  const types = new Bytes();
  const typeOf = functions.map(({ params, results }) => {
    const key = `${params.join()}>${results.join()}`;
    const known = signatures.get(key);
    if (known !== undefined) return known;
    types
      .byte(0x60)
      .u32(params.length)
      .byte(...params.map((type) => valueType[type]));
    types.u32(results.length).byte(...results.map((type) => valueType[type]));
    signatures.set(key, signatures.size);
    return signatures.size - 1;
  });
  section(1, new Bytes().u32(signatures.size).append(types));

  const imports = new Bytes()
    .u32(1)
    .name('env')
    .name('memory')
    .byte(0x02, memory.shared ? 0x03 : 0x01);
  section(2, imports.u32(memory.initial).u32(memory.maximum));

  const declarations = new Bytes().u32(functions.length);
  for (const type of typeOf) declarations.u32(type);
  section(3, declarations);

  const exported = new Bytes().u32(exports.length);
  for (const { name, index } of exports) exported.name(name).byte(0x00).u32(index);
  section(7, exported);

  const code = new Bytes().u32(functions.length);
  for (const fn of functions) code.append(fn.encode());
  section(10, code);
  return out.take();
}
