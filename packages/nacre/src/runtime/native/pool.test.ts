import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { poolSource } from './pool-source.ts';
import { harnessSource } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'nacre-pool-'));
afterAll(() => rmSync(folder, { recursive: true }));

const portable = '-Dnacre_pool_wake_by_condition';
const thread = '-fsanitize=thread';
const address = '-fsanitize=address,undefined';

/** Every compiler, way to sleep and sanitizer, and the pairs that matter. A sanitizer of threads allows none after fork(). */
const configurations = [
  { compiler: 'gcc', flags: [], jobs: 100_000, fork: true },
  { compiler: 'gcc', flags: [thread], jobs: 10_000, fork: false },
  { compiler: 'gcc', flags: [address, portable], jobs: 20_001, fork: true },
  { compiler: 'clang', flags: [portable], jobs: 100_000, fork: true },
  { compiler: 'clang', flags: [thread, portable], jobs: 10_000, fork: false },
  { compiler: 'clang', flags: [address], jobs: 20_001, fork: true },
];

let programs = 0;

/** Compiles a program and gives its path, or what the compiler said. */
function compile(compiler: string, flags: readonly string[], source: string): { path?: string; why: string } {
  const path = join(folder, `p${programs++}`);
  writeFileSync(`${path}.c`, source);
  const given = [
    '-O2',
    '-g',
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-pthread',
    ...flags,
    `${path}.c`,
    '-o',
    path,
  ];
  const { status, stderr, error } = spawnSync(compiler, given, { encoding: 'utf8' });
  return status === 0 ? { path, why: stderr } : { why: error?.message ?? stderr };
}

/** Why a compiler cannot be used with these flags on this machine. */
function missing(compiler: string, flags: readonly string[]): string | undefined {
  const { path, why } = compile(compiler, flags, 'int main(void) { return 0; }');
  if (path === undefined) return why.split('\n', 1)[0];
  const { status, stderr } = spawnSync(path, { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.split('\n', 1)[0];
}

describe.skipIf(process.platform === 'win32')('the thread pool in C', () => {
  test.for(configurations)(
    '$compiler $flags: $jobs jobs, fork: $fork',
    ({ compiler, flags, jobs, fork }, { skip }) => {
      const reason = missing(compiler, flags);
      if (reason !== undefined) {
        console.log(`${compiler} ${flags.join(' ')} is left out: ${reason}`);
        skip(reason);
      }
      const { path, why } = compile(compiler, flags, poolSource + harnessSource);
      expect(why).toBe(''); // nor any warning
      expect(execFileSync(path!, [String(jobs), ...(fork ? ['fork'] : [])], { encoding: 'utf8' })).toBe(
        'ok\n',
      );
    },
  );
});
