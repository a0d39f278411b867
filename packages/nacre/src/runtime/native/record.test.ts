import { renameSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from './cache.node.ts';
import { loadKoffi } from './ffi-koffi.node.ts';
import { isLasting, type ProbeRecord, readRecord, recordKey, writeRecord } from './record.node.ts';
import { answer, ask, fakeCompilers, noCompiler, realCompiler, tierFixture } from './testing.ts';

if (noCompiler) console.log('tests of records with a compiler are left out: there is no cc, clang or gcc');

const at = tierFixture();
const { open, records } = at;

const record: ProbeRecord = {
  processor: { model: 'X', features: new Set(['avx2', 'fma']), identity: 'x64 X' },
  compiler: { command: ['ccache', 'gcc'], version: 'gcc 12', macros: 'abc', lanesBytes: 32 },
  refusals: [{ command: 'cc', fault: 'missing', detail: 'there is no such program' }],
};

describe('a record', () => {
  test('reads as it was written', () => {
    expect(readRecord(writeRecord(record))).toEqual(record);
    const unlisted = { ...record, processor: { ...record.processor, features: undefined }, refusals: [] };
    expect(readRecord(writeRecord(unlisted))).toEqual(unlisted);
  });

  const { compiler, processor, refusals } = record;
  test.each<[string, unknown]>([
    ['a number', 7],
    ['nothing', null],
    ['a list', []],
    ['no compiler', { processor, refusals }],
    ['no processor', { compiler, refusals }],
    ['an empty command', { ...record, compiler: { ...compiler, command: [] } }],
    ['a command of numbers', { ...record, compiler: { ...compiler, command: [1] } }],
    ['vectors of another width', { ...record, compiler: { ...compiler, lanesBytes: 24 } }],
    ['features as a text', { ...record, processor: { ...processor, features: 'avx2' } }],
    ['refusals that say nothing', { ...record, processor: { ...processor, features: [] }, refusals: [{}] }],
  ])('that is %s is none', (_, value) => {
    expect(readRecord(new TextEncoder().encode(JSON.stringify(value)))).toBeUndefined();
  });

  test('that is no JSON is none', () => {
    expect(readRecord(new Uint8Array([1, 2, 3]))).toBeUndefined();
    expect(readRecord(writeRecord(record).subarray(0, -1))).toBeUndefined();
    expect(readRecord(new Uint8Array())).toBeUndefined();
  });

  test('is made of what will be so again', () => {
    const after = (fault: 'missing' | 'timeout' | 'failed'): ProbeRecord => ({
      ...record,
      refusals: [{ command: 'x', fault, detail: '' }],
    });
    expect(isLasting(after('missing'))).toBe(true);
    expect(isLasting(after('timeout'))).toBe(false); // a busy machine
    expect(isLasting(after('failed'))).toBe(false); // a full one
  });
});

describe.skipIf(process.platform === 'win32')('the key', () => {
  let first: string;
  let second: string;
  beforeEach(async () => {
    [first, second] = [join(at.cache, 'first'), join(at.cache, 'second')];
    for (const folder of [first, second]) await fs.mkdir(folder);
    await fs.writeFile(join(second, 'gcc-12'), '#!/bin/sh\n', { mode: 0o755 });
    await fs.symlink('gcc-12', join(second, 'gcc'));
  });
  const key = (more = {}, mark = 'X', abi = 1): string =>
    recordKey({ PATH: `${first}:relative::${second}`, ...more }, mark, abi);

  test('is the same while nothing changes', async () => {
    const before = key();
    await fs.writeFile(join(second, 'other'), '');
    expect(key()).toBe(before);
    expect(key({ HOME: '/elsewhere' })).toBe(before);
    expect(key({ PATH: `${first}:${second}:${join(at.cache, 'none')}` })).toBe(before);
  });

  test.each<[string, () => Promise<unknown> | unknown]>([
    ['has another size', () => fs.writeFile(join(second, 'gcc-12'), '#!/bin/sh\n#\n')],
    ['has another time', () => fs.utimes(join(second, 'gcc-12'), 1000, 1000)],
    ['cannot be run', () => fs.chmod(join(second, 'gcc-12'), 0o600)],
    ['is gone', () => fs.rm(join(second, 'gcc-12'))],
    [
      'is reached by another link',
      async () => {
        await fs.copyFile(join(second, 'gcc-12'), join(second, 'gcc-13'));
        const { atime, mtime } = await fs.stat(join(second, 'gcc-12'));
        await fs.utimes(join(second, 'gcc-13'), atime, mtime);
        await fs.symlink('gcc-13', join(second, 'new'));
        renameSync(join(second, 'new'), join(second, 'gcc'));
      },
    ],
    ['comes after one that is new', () => fs.copyFile(join(second, 'gcc-12'), join(first, 'clang'))],
    ['has another before it in PATH', () => fs.copyFile(join(second, 'gcc-12'), join(first, 'gcc'))],
  ])('changes when the compiler %s', async (_, change) => {
    const before = key();
    await change();
    expect(key()).not.toBe(before);
  });

  test('changes with $CC, what the compiler reads, the processor and the interface', () => {
    const keys = [
      key(),
      key({ CC: 'gcc' }),
      key({ CC: 'gcc -m64' }),
      key({ CPATH: '/include' }),
      key({}, 'Y'),
      key({}, 'X', 2),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });

  test('sees what a wrapper in $CC calls', async () => {
    await fs.writeFile(join(at.cache, 'tool'), '', { mode: 0o755 });
    const CC = `env ${join(at.cache, 'tool')}`;
    const before = key({ CC });
    await fs.writeFile(join(at.cache, 'tool'), 'new');
    expect(key({ CC })).not.toBe(before);
  });
});

describe.skipIf(noCompiler)('a machine that was probed before', () => {
  /** A compiler that counts its runs. */
  async function counting(): Promise<{ CC: string; runs: () => Promise<number> }> {
    const log = join(at.cache, 'log');
    await fs.writeFile(log, '');
    const CC = await at.script(`echo run >> ${log}; exec ${realCompiler} "$@"`);
    return { CC, runs: async () => (await fs.readFile(log, 'utf8')).length / 4 };
  }

  test('is known without a program being started, and libraries are found at once', async () => {
    const { CC, runs } = await counting();
    const first = open({ environment: { CC } });
    const support = await first.support();
    await first.buildLibrary(answer(1), { name: 'answer' });
    await first.loadPool();
    const count = await runs();
    expect(count).toBe(5); // two questions, the probe, the library, the pool

    const second = open({ environment: { CC } });
    expect(await second.support()).toEqual(support);
    const third = open({ environment: { CC } });
    expect(third.supportFromRecord()).toEqual(support);
    expect(third.supportNow()).toBe(third.supportFromRecord());
    expect(open({ environment: { CC } }).supportNow()).toEqual(support);
    expect(ask(third.findLibrary(answer(1), { name: 'answer' })!)).toBe(1);
    expect(third.poolNow()).toHaveProperty('run');
    expect(await third.support()).toBe(third.supportNow());
    expect(await runs()).toBe(count);
    expect(ask(third.buildLibraryNow(answer(2), { name: 'answer' }))).toBe(2);
    expect((await fs.stat((await records())[0])).mode & 0o777).toBe(0o700);
  });

  test('keeps what was refused before the compiler that works', async () => {
    const environment = { CC: '/nowhere/cc' };
    const { refusals, support } = await open({ environment }).report();
    expect(refusals).toMatchObject([{ command: '/nowhere/cc', fault: 'missing' }]);
    const second = open({ environment });
    expect(second.supportFromRecord()).toEqual(support);
    expect((await second.report()).refusals).toEqual(refusals);
  });

  test.each<[string, (record: string, CC: string) => Promise<unknown>]>([
    ['the compiler was changed', (_, CC) => fs.appendFile(CC, '# another\n')],
    ['others may write the record', (path) => fs.chmod(path, 0o720)],
    ['others may write to the folder', (path) => fs.chmod(join(path, '..'), 0o777)],
    ['the record was cut off', (path) => fs.truncate(path, 100)],
    [
      'a byte of the record has changed',
      async (path) => {
        const bytes = await fs.readFile(path);
        await fs.writeFile(path, bytes.with(20, bytes[20] ^ 1));
      },
    ],
    [
      'the record is whole, and garbage',
      async (path) => {
        await fs.rm(path);
        const key = path.slice(path.lastIndexOf('/') + 1).split('-')[0];
        await fs.writeFile(join(path, '..', `${key}-${sha256('{}')}.json`), '{}', { mode: 0o600 });
      },
    ],
    [
      'the record is a link',
      async (path) => {
        await fs.rename(path, join(at.cache, 'aside'));
        await fs.symlink(join(at.cache, 'aside'), path);
      },
    ],
    ['the record is gone', (path) => fs.rm(path)],
  ])('is probed again if %s', async (_, spoil) => {
    const { CC, runs } = await counting();
    const support = await open({ environment: { CC } }).support();
    const [path, ...more] = await records();
    expect(more).toEqual([]);
    await spoil(path, CC);
    const tier = open({ environment: { CC } });
    expect(tier.supportFromRecord()).toBeUndefined();
    expect(await tier.support()).toEqual(support);
    expect(await runs()).toBe(6);
  });

  test('is probed again for another processor, and if another user has written the record', async () => {
    const { CC, runs } = await counting();
    await open({ environment: { CC } }).support();
    const other = open({ environment: { CC }, cache: { uid: (process.getuid?.() ?? 0) + 1 } });
    expect(other.supportFromRecord()).toBeUndefined();
    expect((await other.support()).ok).toBe(true);
    expect(await runs()).toBe(6);
    const processor = {
      describe: () => ({ model: 'X', features: undefined, identity: 'X' }),
      mark: () => 'X',
    };
    const moved = open({ environment: { CC }, processor });
    expect(moved.supportFromRecord()).toBeUndefined();
    expect(await moved.support()).toMatchObject({ ok: true, cpu: 'X' });
    expect(await runs()).toBe(9);
    expect(await records()).toHaveLength(2);
  });

  test('leaves no record of what a busy machine did not manage, nor of no compiler', async () => {
    const CC = await at.script(fakeCompilers.crashing());
    const tier = open({ environment: { CC } });
    expect(await tier.support()).toMatchObject({ ok: true });
    expect((await tier.report()).refusals).toMatchObject([{ fault: 'crashed' }]);
    await open({ environment: { CC: '/nowhere/cc', PATH: at.cache } }).support();
    expect(await records()).toEqual([]);
  });

  test('has no support from the record where C cannot be called', async () => {
    await open().support();
    const loadFfi = () =>
      loadKoffi(() => {
        throw new Error('not installed');
      });
    const tier = open({ loadFfi });
    expect(tier.supportFromRecord()).toBeUndefined();
    expect(await tier.support()).toMatchObject({
      ok: false,
      reasons: [expect.stringMatching(/not installed/)],
    });
  });

  test('by many tiers at once leaves one record', async () => {
    const found = await Promise.all([1, 2, 3].map(() => open().support()));
    expect(found.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(await records()).toHaveLength(1);
    expect(open().supportFromRecord()).toEqual(found[0]);
  });
});
