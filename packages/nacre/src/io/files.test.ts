import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ArgumentError, NacreError } from '../base/errors.ts';
import { files as browserFiles } from './files.browser.ts';
import { files } from './files.node.ts';
import { FileError } from './files.ts';

vi.mock('node:os', { spy: true });

let folder: string;
const at = (...names: string[]): string => path.join(folder, ...names);
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'nacre-files-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await fs.rm(folder, { recursive: true });
});

/** The FileError a promise ends with. */
const failure = async (run: Promise<unknown>): Promise<FileError> => {
  const error = await run.then(
    () => expect.unreachable('it should have failed'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(FileError);
  expect(error).toBeInstanceOf(NacreError);
  return error as FileError;
};

describe('writeFileAtomic', () => {
  test('writes bytes and text, new and over old, and leaves nothing else', async () => {
    await files.writeFileAtomic(at('a'), Uint8Array.of(0, 255, 10));
    expect([...(await files.readFile(at('a')))]).toEqual([0, 255, 10]);
    await files.writeFileAtomic(at('a'), 'née\n');
    expect(await fs.readFile(at('a'), 'utf8')).toBe('née\n');
    expect(await files.listDirectory(folder)).toEqual(['a']);
  });

  test('replaces the file, so whoever has the old one open keeps reading it', async () => {
    await files.writeFileAtomic(at('a'), 'old');
    const reader = await fs.open(at('a'));
    await files.writeFileAtomic(at('a'), 'new');
    expect(await reader.readFile('utf8')).toBe('old');
    await reader.close();
  });

  test('leaves the old file and no temporary when writing fails', async () => {
    await files.writeFileAtomic(at('a'), 'old');
    await expect(files.writeFileAtomic(at('a'), 7 as unknown as string)).rejects.toThrow(TypeError);
    expect(await fs.readFile(at('a'), 'utf8')).toBe('old');
    expect(await files.listDirectory(folder)).toEqual(['a']);
  });

  test('leaves no temporary when the target is a folder', async () => {
    await fs.mkdir(at('folder'));
    const error = await failure(files.writeFileAtomic(at('folder'), 'text'));
    expect(error.message).toContain(`cannot write ${at('folder')}: it is a folder`);
    expect(await files.listDirectory(folder)).toEqual(['folder']);
  });

  test('names the path, the reason and the way out, with the cause', async () => {
    const error = await failure(files.writeFileAtomic(at('missing', 'a'), 'text'));
    expect(error).toMatchObject({ code: 'ENOENT', path: at('missing', 'a'), op: 'writeFileAtomic' });
    expect(error.message).toContain('make the folder first');
    expect((error.cause as NodeJS.ErrnoException).code).toBe('ENOENT');
  });

  test.runIf(process.platform === 'linux')('writes to a device in place and reports a full one', async () => {
    const before = await fs.stat('/dev/full');
    const error = await failure(files.writeFileAtomic('/dev/full', 'text'));
    expect(error.code).toBe('ENOSPC');
    expect(error.message).toContain(
      'cannot write /dev/full: no space left on the device (ENOSPC). Free some space',
    );
    expect((await fs.stat('/dev/full')).ino).toBe(before.ino);
  });

  test.skipIf(process.platform === 'win32')('follows links and keeps the mode', async () => {
    await fs.writeFile(at('real'), 'old', { mode: 0o600 });
    await fs.symlink('real', at('link'));
    await files.writeFileAtomic(at('link'), 'new');
    expect(await fs.readFile(at('real'), 'utf8')).toBe('new');
    expect((await fs.lstat(at('link'))).isSymbolicLink()).toBe(true);
    expect((await fs.stat(at('real'))).mode & 0o777).toBe(0o600);
  });

  test('many writers at once leave one whole file', async () => {
    const texts = Array.from({ length: 20 }, (_, writer) => String(writer % 10).repeat(10_000));
    await Promise.all(texts.map((text) => files.writeFileAtomic(at('a'), text)));
    expect(texts).toContain(await fs.readFile(at('a'), 'utf8'));
    expect(await files.listDirectory(folder)).toEqual(['a']);
  });
});

describe('the other operations', () => {
  test('make folders, list them and tell what exists', async () => {
    await files.makeDirectory(at('x', 'y'));
    await files.makeDirectory(at('x', 'y'));
    await files.appendLine(at('x', 'b'), 'one');
    await files.appendLine(at('x', 'b'), 'two', { sync: true });
    expect(await fs.readFile(at('x', 'b'), 'utf8')).toBe('one\ntwo\n');
    expect(await files.listDirectory(at('x'))).toEqual(['b', 'y']);
    expect(await files.fileExists(at('x'))).toBe(true);
    expect(await files.fileExists(at('nothing'))).toBe(false);
    expect(await files.fileExists(at('x', 'b', 'below a file'))).toBe(false);
  });

  test('make the same folders many times at once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => files.makeDirectory(at('p', 'q', 'r'))));
    expect(await files.fileExists(at('p', 'q', 'r'))).toBe(true);
  });

  test.runIf(process.platform === 'linux')('give up on a file system that takes no folders', async () => {
    expect((await failure(files.makeDirectory('/proc/nacre/cache'))).path).toBe('/proc/nacre/cache');
  });

  test('refuse with the path', async () => {
    await fs.writeFile(at('a'), '');
    expect((await failure(files.readFile(at('missing')))).message).toContain(
      `cannot read ${at('missing')}: there is no`,
    );
    expect((await failure(files.readFile(folder))).code).toBe('EISDIR');
    expect((await failure(files.listDirectory(at('a')))).code).toBe('ENOTDIR');
    expect((await failure(files.makeDirectory(at('a')))).code).toBe('EEXIST');
    expect((await failure(files.appendLine(at('missing', 'a'), 'x'))).code).toBe('ENOENT');
    await expect(files.appendLine(at('a'), 'x\ny')).rejects.toThrow(ArgumentError);
  });

  test.skipIf(process.platform === 'win32')('read neither a pipe nor a device', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    for (const target of [at('pipe'), '/dev/zero']) {
      const { code, message } = await failure(files.readFile(target));
      expect(code).toBe('EFTYPE');
      expect(message).toContain(`cannot read ${target}: it is a pipe or a device, not a file`);
    }
    await fs.symlink(at('pipe'), at('link'));
    expect((await failure(files.readFile(at('link')))).code).toBe('EFTYPE');
  });

  test('put caches where XDG says, ignoring a relative folder', () => {
    vi.stubEnv('XDG_CACHE_HOME', at('cache'));
    expect(files.cachePath('nacre', 'mnist')).toBe(at('cache', 'nacre', 'mnist'));
    for (const unusable of ['', 'relative']) {
      vi.stubEnv('XDG_CACHE_HOME', unusable);
      vi.stubEnv('HOME', at('home'));
      expect(files.cachePath('nacre')).toBe(at('home', '.cache', 'nacre'));
    }
  });

  test('know no cache for a user without a home', () => {
    vi.stubEnv('XDG_CACHE_HOME', '');
    vi.mocked(homedir).mockImplementationOnce(() => {
      throw Object.assign(new Error('uv_os_homedir'), { code: 'ERR_SYSTEM_ERROR' });
    });
    expect(files.cachePath('nacre')).toBeUndefined();
  });

  test('find an installed package and miss one that is not', async () => {
    const found = files.findPackage('vitest')!;
    expect(JSON.parse(await fs.readFile(path.join(found, 'package.json'), 'utf8')).name).toBe('vitest');
    expect(files.findPackage('a-package-that-nobody-installed')).toBeUndefined();
  });

  test('find a package from the working folder', async () => {
    await fs.mkdir(at('node_modules', 'only-here'), { recursive: true });
    await fs.writeFile(at('node_modules', 'only-here', 'package.json'), '{"name":"only-here"}');
    const spy = vi.spyOn(process, 'cwd').mockReturnValue(folder);
    expect(files.findPackage('only-here')).toBe(await fs.realpath(at('node_modules', 'only-here')));
    spy.mockRestore();
  });
});

test('in a browser every operation on a path says to pass bytes', async () => {
  const calls = [
    () => browserFiles.readFile('a'),
    () => browserFiles.writeFileAtomic('a', ''),
    () => browserFiles.appendLine('a', ''),
    () => browserFiles.takeLock('a'),
    () => browserFiles.makeDirectory('a'),
    () => browserFiles.fileExists('a'),
    () => browserFiles.listDirectory('a'),
  ];
  for (const call of calls)
    expect((await failure(call())).message).toMatch(/no file paths.*"a".*Pass bytes instead/);
  expect(browserFiles.cachePath('a')).toBeUndefined();
  expect(browserFiles.findPackage('a')).toBeUndefined();
});
