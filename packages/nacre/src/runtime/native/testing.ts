import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Library, Native } from './native.ts';
import { createNative, type NativeSettings } from './tier.node.ts';

/**
 * For tests: a program that drives the pool from C, so that sanitizers see all of it. It prints `ok`, or the line that failed.
 *
 * A job adds up 1 to `pieces` in the heap: threads take pieces by an atomic counter in `sync`, and thread 0 returns when all are
 * done, as programs do. Arguments: the number of jobs, and whether to fork.
 */
export const harnessSource = `#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { args = 64, status = 128, scratch = 4096, stride = 256, sync_at = 8192, sync_bytes = 64, heap_bytes = 65536 };
enum { pieces = 24 };

#define check(condition) do { if (!(condition)) { printf("line %d: %s\\n", __LINE__, #condition); exit(1); } } while (0)

static void share(char *base, uint32_t at, uint32_t own, uint32_t state, uint32_t sync, int me, int threads) {
  _Atomic int *next = (_Atomic int *)(base + sync), *done = next + 1, *sum = next + 2;
  (void)at; (void)threads;
  int taken = 0;
  for (int piece; (piece = atomic_fetch_add(next, 1)) < pieces; taken++) {
    *(int *)(base + own) = piece + 1; /* nobody else's */
    atomic_fetch_add(sum, *(int *)(base + own));
  }
  if (taken) {
    atomic_fetch_or((_Atomic uint32_t *)(base + state), 1u << me);
    atomic_fetch_add(done, taken);
  }
  while (atomic_load(done) < pieces) sched_yield();
}

static _Alignas(128) char heaps[2][heap_bytes];

static int one(char *base, int threads) {
  nacre_pool_run(share, base, args, scratch, stride, status, sync_at, sync_bytes, threads);
  return *(int *)(base + sync_at + 8);
}

static void jobs(char *base, int count, int threads) {
  const int expected = pieces * (pieces + 1) / 2;
  for (int i = 0; i < count; i++) check(one(base, threads) == expected);
}

/* Until a worker was in a job: it has to come in the end. */
static void see_worker(char *base, int number, int threads) {
  *(uint32_t *)(base + status) = 0;
  for (long i = 0; i < 100000000 && !(*(uint32_t *)(base + status) & 1u << number); i++) one(base, threads);
  check(*(uint32_t *)(base + status) & 1u << number);
}

static _Atomic uint32_t state;
static void *aside(void *base) {
  nacre_pool_run_aside(share, base, args, scratch, stride, status, sync_at, sync_bytes, 3, &state);
  return NULL;
}

/* A job aside is done once, by another thread or by the one that waits. */
static void asides(char *base, int count) {
  int *sum = (int *)(base + sync_at + 8);
  for (int i = 0; i < count; i++) {
    pthread_t other;
    atomic_store(&state, 0);
    *sum = 0;
    check(pthread_create(&other, NULL, aside, base) == 0);
    if (i % 3 == 0) usleep(100);
    nacre_pool_wait(share, base, args, scratch, stride, status, sync_at, sync_bytes, 3, &state);
    check(*sum == pieces * (pieces + 1) / 2);
    *sum = -1;
    pthread_join(other, NULL);
    check(*sum == -1);
  }
}

static int count;
static void *other_caller(void *base) { jobs(base, count / 10, 3); return NULL; }

int main(int argc, char **argv) {
  count = atoi(argv[1]);
  for (int threads = 1; threads <= 4; threads++) jobs(heaps[0], count / 4, threads);
  see_worker(heaps[0], 1, 4);
  see_worker(heaps[0], 3, 4);
  for (int i = 0; i < count / 20; i++) jobs(heaps[0], 1, 1 + i % 4); /* the number of threads changes */
  check((*(uint32_t *)(heaps[0] + status) & ~15u) == 0);
  *(uint32_t *)(heaps[0] + status) = 0;
  jobs(heaps[0], count / 20, 2);
  check((*(uint32_t *)(heaps[0] + status) & ~3u) == 0); /* surplus workers stay away */

  usleep(2000); /* all asleep */
  see_worker(heaps[0], 2, 3);

  pthread_t caller; /* two callers at once */
  check(pthread_create(&caller, NULL, other_caller, heaps[1]) == 0);
  jobs(heaps[0], count / 10, 3);
  pthread_join(caller, NULL);
  asides(heaps[0], count / 100);

  if (argc > 2) {
    for (int i = 0; i < 5; i++) {
      if (i % 2) usleep(2000);
      pid_t child = fork();
      if (child == 0) {
        jobs(heaps[0], count / 50, 4);
        see_worker(heaps[0], 1, 4);
        nacre_pool_stop();
        jobs(heaps[0], 10, 2);
        _exit(7);
      }
      int result;
      check(waitpid(child, &result, 0) == child && WIFEXITED(result) && WEXITSTATUS(result) == 7);
      jobs(heaps[0], count / 50, 3);
    }
  }
  nacre_pool_stop();
  nacre_pool_stop();
  jobs(heaps[0], count / 20, 4);
  see_worker(heaps[0], 1, 2);
  if (count % 2) nacre_pool_stop(); /* otherwise threads are there when the process ends */
  puts("ok");
  return 0;
}
`;

/** Shell scripts in the place of a compiler. `real` is one that works, by its path. */
export const fakeCompilers = {
  failing: () => 'echo "error: no licence" >&2; exit 3',
  crashing: () => 'echo "stack smashed" >&2; kill -SEGV $$',
  /** It waits for a program it started, whose number it leaves in `pid`. */
  hanging: (pid: string) => `/bin/sleep 600 & echo $! > ${pid}; wait`,
  /** Works but for what it writes: `after` runs with `$out` and `$status` set. */
  spoiling: (real: string, after: string) => `
${real} "$@"; status=$?
while [ $# -gt 0 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done
if [ -n "$out" ]; then ${after}; fi
exit $status`,
  /** Works unless one of its arguments is like `pattern`; then `instead` runs. */
  unless: (real: string, pattern: string, instead: string) => `
for argument; do case "$argument" in ${pattern}) ${instead};; esac; done
exec ${real} "$@"`,
} as const;

/** The path of a compiler that works, if this machine has one. */
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

/** Folders for tests of tiers, made and removed around them. */
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
