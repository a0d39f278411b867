import { describe, expect, test } from 'vitest';
import { loadKoffi } from './ffi-koffi.node.ts';
import { NativeError } from './native.ts';

describe('koffi', () => {
  test('tells its version', () => {
    expect(loadKoffi()).toMatchObject({
      name: 'koffi',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });

  test('that is missing is an error with the way out, and no crash', () => {
    const load = () =>
      loadKoffi(() => {
        throw new Error("Cannot find module 'koffi'");
      });
    expect(load).toThrow(
      "loadKoffi: koffi cannot be loaded: Cannot find module 'koffi'. Install it: npm install koffi",
    );
    expect(load).toThrow(NativeError);
    expect(load).toThrow(expect.objectContaining({ fault: 'ffi' }));
  });

  test('says what the system does not load', () => {
    const ffi = loadKoffi();
    expect(() => ffi.load('/nowhere/lib.so')).toThrow(/the system does not load \/nowhere\/lib\.so: .+/);
  });

  test('finds memory where it lies, and it stays there when it grows', () => {
    const ffi = loadKoffi();
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1024, shared: true });
    const base = ffi.addressOf(memory);
    expect(base % 4096n).toBe(0n);
    memory.grow(1000);
    expect(ffi.addressOf(memory)).toBe(base);
    expect(ffi.addressOf(memory.buffer)).toBe(base);
  });
});
