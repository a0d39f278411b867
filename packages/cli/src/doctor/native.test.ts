import type { NativeReport } from 'nacre/native';
import { describe, expect, it } from 'vitest';
import { messages } from '../i18n/index.ts';
import { nativeRows } from './native.ts';

const { doctor: en } = messages.en;
const { doctor: zh } = messages.zh;

const cache = {
  path: '/home/me/.cache/nacre/native',
  entries: 12,
  bytes: 3_400_000,
  limitBytes: 536_870_912,
};
const koffi = { name: 'koffi', version: '3.3.4' };

const works: NativeReport = {
  support: {
    ok: true,
    compiler: 'clang',
    version: 'clang version 14.0.6',
    flags: ['-O3', '-march=native'],
    lanesBytes: 32,
    cpu: 'A processor',
  },
  refusals: [{ command: 'cc', fault: 'crashed', detail: 'it was ended by SIGSEGV: one\ntwo' }],
  ffi: koffi,
  cache,
  notes: ['a note'],
  sampleSeconds: 0.098,
};

const without: NativeReport = {
  support: { ok: false, reasons: ['cc: --version: there is no such program'] },
  refusals: [{ command: 'cc', fault: 'missing', detail: '--version: there is no such program' }],
  ffi: koffi,
  cache: { ...cache, problem: 'others may write to it' },
  notes: ['compiled code is not kept: others may write to it'],
};

describe('the rows on the native tier', () => {
  it('show the compiler, those refused before it, and what it takes', () => {
    expect(nativeRows(works, en)).toEqual([
      ['C compiler', 'clang: clang version 14.0.6'],
      ['', 'without cc: it crashes (it was ended by SIGSEGV: one two)'],
      ['Compiler flags', '-O3 -march=native'],
      ['C calls', 'koffi 3.3.4'],
      ['Native tier', 'can be used; a sample compiled in 98 ms'],
      ['', 'a note'],
      ['Native cache', '/home/me/.cache/nacre/native: 12 libraries, 3.4 MB of at most 537 MB'],
    ]);
  });

  it('show the same in Chinese', () => {
    expect(nativeRows(works, zh)).toEqual([
      ['C 编译器', 'clang: clang version 14.0.6'],
      ['', '不用 cc：崩溃（it was ended by SIGSEGV: one two）'],
      ['编译选项', '-O3 -march=native'],
      ['C 调用', 'koffi 3.3.4'],
      ['原生层', '可用；示例编译耗时 98 ms'],
      ['', 'a note'],
      ['原生层缓存', '/home/me/.cache/nacre/native：12 个库，共 3.4 MB，上限 537 MB'],
    ]);
  });

  it('say why there is none', () => {
    expect(nativeRows(without, en)).toEqual([
      ['C compiler', en.noCompiler],
      ['', 'without cc: it is not there (--version: there is no such program)'],
      ['C calls', 'koffi 3.3.4'],
      ['Native tier', 'not here; the wasm tier computes the same, more slowly'],
      ['Native cache', 'not used: others may write to it'],
    ]);
  });

  it('say that koffi is missing, and that a compiler was not looked for', () => {
    const rows = nativeRows({ ...without, refusals: [], ffi: null }, en);
    expect(rows.slice(0, 3)).toEqual([
      ['C compiler', 'not looked for'],
      ['C calls', 'the package koffi cannot be loaded: npm install koffi'],
      ['Native tier', en.noNative],
    ]);
  });

  it('say that the system is not supported', () => {
    const rows = nativeRows({ ...without, refusals: [] }, en);
    expect(rows[2]).toEqual([
      'Native tier',
      'not on this system; the wasm tier computes the same, more slowly',
    ]);
  });
});
