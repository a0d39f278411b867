import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Library, Native } from './native.ts';
import { createNative, type NativeSettings } from './tier.node.ts';

/** For tests: the path of a compiler that works, if this machine has one. */
export const realCompiler = ['cc', 'clang', 'gcc']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

export const noCompiler = process.platform === 'win32' || realCompiler === undefined;

/** A program with an answer, and how to ask for it. */
export const answer = (value: number): string => `int answer(void) { return ${value}; }`;
export const ask = (library: Library): number => library.find('answer', 'i32', []).call();

export interface TierFixture {
  /** A folder for this file's tests. */
  readonly root: string;
  /** The cache of this test. */
  readonly cache: string;
  /** A tier of its own, as another process would have it, with the cache of this test. */
  open(settings?: NativeSettings): Native;
  /** An executable script; gives its path. */
  script(text: string): Promise<string>;
  /** The names of the libraries and folders in the cache. */
  entries(): Promise<string[]>;
  /** The paths of the records of compilers in the cache. */
  records(): Promise<string[]>;
}

/** For tests of tiers: folders that are made and removed around them. */
export function tierFixture(): TierFixture {
  let root = '';
  let cache = '';
  let scripts = 0;
  beforeAll(async () => {
    root = await fs.mkdtemp(join(tmpdir(), 'nacre-native-test-'));
  });
  afterAll(() => fs.rm(root, { recursive: true }));
  beforeEach(async () => {
    cache = await fs.mkdtemp(join(root, 'cache-'));
  });
  const list = async (): Promise<string[]> => {
    const folder = join(cache, 'native');
    return existsSync(folder) ? fs.readdir(folder) : [];
  };
  return {
    get root() {
      return root;
    },
    get cache() {
      return cache;
    },
    open: ({ environment, ...settings } = {}) =>
      createNative({
        ...settings,
        environment: { ...process.env, CC: realCompiler, NACRE_CACHE: cache, ...environment },
      }),
    script: async (text) => {
      const path = join(root, `compiler${scripts++}`);
      await fs.writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      return path;
    },
    entries: async () => (await list()).filter((name) => !name.endsWith('.json')),
    records: async () =>
      (await list()).filter((name) => name.endsWith('.json')).map((name) => join(cache, 'native', name)),
  };
}

/** Adds 1 to 24 in pieces; thread 0 leaves when all are done. */
export const shareSource = `#include <stdatomic.h>
#include <stdint.h>
void nacre_share(char *base, uint32_t args, uint32_t scratch, uint32_t status, uint32_t sync, int me, int threads) {
  _Atomic int *next = (_Atomic int *)(base + sync), *done = next + 1, *sum = next + 2;
  int taken = 0;
  for (int piece; (piece = atomic_fetch_add(next, 1)) < 24; taken++) atomic_fetch_add(sum, piece + 1);
  atomic_fetch_add(done, taken);
  while (atomic_load(done) < 24)
    ;
}`;
