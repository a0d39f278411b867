import { renameSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheFolder, FileCache, inFolder, sha256 } from './cache.node.ts';
import { begin, pause } from './steps.ts';

const key = sha256('key');
const bytes = new TextEncoder().encode('the bytes of a library');
const uid = process.getuid?.() ?? 0;

let root: string;
let folder: string;
beforeEach(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'nacre-cache-'));
  folder = join(root, 'nacre', 'native');
});
afterEach(() => fs.rm(root, { recursive: true }));

const open = (options = {}): FileCache => new FileCache(folder, '.so', options);

/** Adds a library as a build does; gives where it lies. */
async function add(cache: FileCache, given = key, content = bytes): Promise<string> {
  expect(cache.problem()).toBeUndefined();
  const work = inFolder(cache.workspace(), (workspace) => {
    const file = join(workspace, 'made.so');
    writeFileSync(file, content, { mode: 0o777 });
    return cache.add(given, file, content);
  });
  return begin(work);
}

test('the folder is $NACRE_CACHE, then that of XDG, then the home; a relative one counts as none', () => {
  const home = join(homedir(), ...(process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']));
  expect(cacheFolder({ NACRE_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a/native');
  expect(cacheFolder({ NACRE_CACHE: 'a', XDG_CACHE_HOME: '/b' })).toBe('/b/nacre/native');
  expect(cacheFolder({ XDG_CACHE_HOME: 'b' })).toBe(join(home, 'nacre', 'native'));
  expect(cacheFolder({ NACRE_CACHE: '' })).toBe(join(home, 'nacre', 'native'));
});

describe.skipIf(process.platform === 'win32')('a library', () => {
  test('is found again by its key, by another cache too, and by no other key', async () => {
    const file = await add(open());
    expect(open().find(key)).toBe(file);
    expect(await fs.readFile(file)).toEqual(Buffer.from(bytes));
    expect(open().find(sha256('another processor'))).toBeUndefined();
    expect(await fs.readdir(folder)).toHaveLength(1); // no workspace is left
  });

  test('and its folder are of this user alone', async () => {
    const file = await add(open());
    for (const path of [file, folder, join(root, 'nacre')]) {
      expect((await fs.stat(path)).mode & 0o777, path).toBe(0o700);
    }
  });

  test('is not found where there is no folder', async () => {
    expect(open().find(key)).toBeUndefined();
  });

  test.each<[string, (file: string) => Promise<unknown>]>([
    ['others may write to', (file) => fs.chmod(file, 0o720)],
    ['all may write to', (file) => fs.chmod(file, 0o702)],
    ['has a byte that changed', (file) => fs.writeFile(file, bytes.with(3, bytes[3] ^ 1))],
    ['was cut off', (file) => fs.truncate(file, bytes.length - 1)],
    ['is empty', (file) => fs.truncate(file, 0)],
    ['is a link', (file) => fs.rename(file, join(root, 'x')).then(() => fs.symlink(join(root, 'x'), file))],
    ['leads nowhere', (file) => fs.rm(file).then(() => fs.symlink(join(root, 'nothing'), file))],
    ['is a folder', (file) => fs.rm(file).then(() => fs.mkdir(file))],
    ['is gone', (file) => fs.rm(file)],
  ])('is not taken if it %s; the next one that is added is', async (_, spoil) => {
    const file = await add(open());
    await spoil(file);
    expect(open().find(key)).toBeUndefined();
    const other = bytes.with(0, 33);
    const added = await add(open(), key, other);
    expect(open().find(key)).toBe(added);
  });

  test('takes the place of one that was damaged', async () => {
    const file = await add(open());
    await fs.truncate(file, 3);
    expect(await add(open())).toBe(file);
    expect(open().find(key)).toBe(file);
  });

  test('of another user is not taken', async () => {
    await add(open());
    const cache = open({ uid: uid + 1 });
    expect(cache.find(key)).toBeUndefined();
    expect(cache.problem()).toBe(`${folder} is not used: it belongs to user ${uid}`);
  });

  test('is added by many at once, and is there once', async () => {
    const files = await Promise.all(Array.from({ length: 8 }, () => add(open())));
    expect(new Set(files).size).toBe(1);
    expect(await fs.readdir(folder)).toHaveLength(1);
  });

  test.each(['sync', 'rename'] as const)('is not there if %s fails', async (step) => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const works = { sync: async () => {}, syncNow: () => {}, rename: renameSync };
    const fails = (): never => {
      throw full;
    };
    const publish = { ...works, [step]: step === 'sync' ? async () => fails() : fails };
    await expect(add(open({ publish }))).rejects.toBe(full);
    expect(open().find(key)).toBeUndefined();
    expect(await fs.readdir(folder)).toEqual([]);
  });
});

describe.skipIf(process.platform === 'win32')('the folder', () => {
  test.each([0o720, 0o702, 0o777])('is not used with mode %o', async (mode) => {
    await add(open());
    await fs.chmod(folder, mode);
    expect(open().find(key)).toBeUndefined();
    expect(open().problem()).toBe(`${folder} is not used: others may write to it`);
  });

  test('is not used if it is a link or a file', async () => {
    await add(open());
    await fs.rename(folder, join(root, 'elsewhere'));
    await fs.symlink(join(root, 'elsewhere'), folder);
    expect(open().find(key)).toBeUndefined();
    expect(open().problem()).toBe(`${folder} is no folder`);
    await fs.rm(folder);
    await fs.writeFile(folder, '');
    expect(open().find(key)).toBeUndefined();
    expect(open().problem()).toBe(`${folder} is no folder`);
  });

  test.runIf(process.platform === 'linux')('that cannot be made is a problem with its reason', async () => {
    const cache = new FileCache('/proc/nacre/native', '.so');
    expect(cache.problem()).toMatch(/ENOENT|EACCES|EROFS/);
    expect(cache.find(key)).toBeUndefined();
    expect(cache.report()).toMatchObject({
      entries: 0,
      problem: expect.stringContaining('/proc/nacre'),
    });
  });

  test('keeps what was used last when it grows too large', async () => {
    const limitBytes = 2.5 * bytes.length;
    const keys = ['a', 'b', 'c'].map(sha256);
    const [a, b] = [await add(open({ limitBytes }), keys[0]), await add(open({ limitBytes }), keys[1])];
    await fs.utimes(a, 1000, 1000);
    await fs.utimes(b, 2000, 2000);
    expect(open().find(keys[0])).toBe(a); // and is now the younger one
    await add(open({ limitBytes }), keys[2]);
    expect(keys.map((each) => open().find(each))).toEqual([a, undefined, expect.stringContaining(keys[2])]);
    expect(open({ limitBytes }).report()).toEqual({
      path: folder,
      entries: 2,
      bytes: 2 * bytes.length,
      limitBytes,
    });
  });

  test('keeps the one just added, even if it is too large', async () => {
    expect(open({ limitBytes: 1 }).find(key)).toBeUndefined();
    const file = await add(open({ limitBytes: 1 }));
    expect(open().find(key)).toBe(file);
  });

  test('loses what killed processes left there, and nothing younger, when somebody looks into it', async () => {
    const file = await add(open());
    const [left, present] = [open().workspace(), open().workspace()];
    await fs.writeFile(join(left, 'half.so'), 'ha');
    await fs.utimes(left, 1000, 1000);
    expect(open().find(key)).toBe(file);
    expect((await fs.readdir(folder)).map((name) => join(folder, name)).sort()).toEqual(
      [file, present].sort(),
    );
  });
});

test('a folder for some work is removed after it, also when the work fails', async () => {
  const at = join(root, 'work');
  await fs.mkdir(at);
  const failing = inFolder(at, (place) =>
    pause({
      begin: () => fs.writeFile(join(place, 'a'), '').then(() => Promise.reject('why')),
      now: () => {},
    }),
  );
  await expect(begin(failing)).rejects.toBe('why');
  expect(await fs.readdir(root)).toEqual([]);
});
