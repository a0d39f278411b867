import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import * as path from 'node:path';
import { ArgumentError } from '../base/errors.ts';
import { FileError, type Files } from './files.ts';
import { takeLock } from './lock.node.ts';

/** What went wrong, and what to do, for the codes that users meet. */
const explanations: ReadonlyMap<string, readonly [what: string, hint: string]> = new Map([
  ['ENOENT', ['there is no such file or folder', 'Check the path, and make the folder first']],
  ['ENOTDIR', ['a part of the path is a file, not a folder', 'Check the path']],
  ['EISDIR', ['it is a folder, not a file', 'Name a file in it']],
  ['EFTYPE', ['it is a pipe or a device, not a file', 'Name a regular file']],
  ['EEXIST', ['something else of that name is there', 'Choose another name']],
  ['EACCES', ['permission denied', 'Change its permissions or choose another place']],
  ['EPERM', ['the system does not permit it', 'Change its permissions or choose another place']],
  ['EROFS', ['the file system is read-only', 'Choose a place that can be written']],
  ['ENOSPC', ['no space left on the device', 'Free some space or choose another place']],
  ['EDQUOT', ['the disk quota is used up', 'Free some space or choose another place']],
  ['EFBIG', ['the file system does not take a file this large', 'Choose another place or split the content']],
  ['ENAMETOOLONG', ['the name is too long', 'Choose a shorter one']],
  ['ELOOP', ['its symbolic links lead in a circle', 'Check the links']],
  ['EMFILE', ['this process has too many open files', 'Close some, or raise the limit (ulimit -n)']],
  ['ENFILE', ['the system has too many open files', 'Close some programs']],
  ['EIO', ['the device failed', 'Check the disk; choose another place']],
  [
    'ERR_FS_FILE_TOO_LARGE',
    ['it is larger than 2 GiB, the most that is read at once', 'Split it over several files'],
  ],
]);

const codeOf = (cause: unknown): string =>
  cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : '';

/** Runs a file operation; the system's refusal becomes a FileError that names the path and says what to do. */
async function explain<T>(op: string, verb: string, target: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    const code = codeOf(cause);
    // Not the system's (Node's own begin with ERR_): a mistake in the program keeps its own face.
    if (!explanations.has(code) && !/^E[A-Z0-9]+$/.test(code)) throw cause;
    const [what, hint] = explanations.get(code) ?? [(cause as Error).message, undefined];
    throw new FileError(`cannot ${verb} ${target}: ${what} (${code})`, {
      op,
      path: target,
      code,
      hint,
      cause,
    });
  }
}

/** Reading a pipe waits for a writer, perhaps for ever, and a device may have no end. The code is that of the BSD systems. */
const noRegularFile = (): Error => Object.assign(new Error('not a regular file'), { code: 'EFTYPE' });

/** `undefined` where nothing is, any other refusal as it comes. */
async function orMissing<T>(run: Promise<T>): Promise<T | undefined> {
  try {
    return await run;
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

/** A rename survives a power cut only once its folder is on the disk. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return; // Windows opens no folders; it orders renames itself
  const handle = await fs.open(directory, 'r');
  try {
    await handle.sync();
  } catch (cause) {
    // Some network and FUSE file systems cannot sync a folder at all; the file itself is already safe there.
    if (!['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(cause))) throw cause;
  } finally {
    await handle.close();
  }
}

async function writeFileAtomic(given: string, content: Uint8Array | string): Promise<void> {
  await explain('writeFileAtomic', 'write', given, async () => {
    const target = (await orMissing(fs.realpath(given))) ?? path.resolve(given); // a link stays a link
    const old = await orMissing(fs.stat(target));
    if (old !== undefined && !old.isFile() && !old.isDirectory()) {
      await fs.writeFile(target, content); // a device or a pipe must not be replaced by a file
      return;
    }
    const directory = path.dirname(target);
    const temporary = path.join(directory, `.nacre-${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
    const handle = await fs.open(temporary, 'wx');
    try {
      try {
        await handle.writeFile(content);
        if (old !== undefined) await handle.chmod(old.mode & 0o7777);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.rename(temporary, target);
    } catch (cause) {
      await fs.rm(temporary, { force: true });
      throw cause;
    }
    await syncDirectory(directory);
  });
}

function cachePath(...parts: string[]): string | undefined {
  // The XDG base directory specification: a relative $XDG_CACHE_HOME is to be ignored.
  const configured = process.env.XDG_CACHE_HOME ?? '';
  if (path.isAbsolute(configured)) return path.join(configured, ...parts);
  try {
    return path.join(homedir(), '.cache', ...parts);
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_SYSTEM_ERROR') throw cause; // in a container a user may have no entry, so no home
    return undefined;
  }
}

/** Not mkdir's own `recursive`: on a file system that takes no folders, such as /proc, Node 20 tries for ever. */
async function makeFolders(target: string): Promise<void> {
  try {
    await fs.mkdir(target);
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST' && (await fs.stat(target)).isDirectory()) return;
    if (codeOf(cause) !== 'ENOENT' || path.dirname(target) === target) throw cause;
    await makeFolders(path.dirname(target));
    await fs.mkdir(target).catch((late: unknown) => {
      if (codeOf(late) !== 'EEXIST') throw late; // another process made it in between
    });
  }
}

/** Where a search for an installed package starts: the program that runs, then its working folder, then Nacre. */
function packageSearchRoots(): string[] {
  const roots = [path.join(process.cwd(), 'package.json'), import.meta.url];
  const program = process.argv[1];
  if (program !== undefined && path.isAbsolute(program)) {
    try {
      roots.unshift(realpathSync(program)); // npm starts a program through a link
    } catch (cause) {
      if (codeOf(cause) !== 'ENOENT') throw cause; // `node -` and embedders name no real file
    }
  }
  return roots;
}

function findPackage(name: string): string | undefined {
  for (const root of packageSearchRoots()) {
    try {
      return path.dirname(createRequire(root).resolve(`${name}/package.json`));
    } catch (cause) {
      if (codeOf(cause) !== 'MODULE_NOT_FOUND') throw cause;
    }
  }
  return undefined;
}

/** Files of Node. */
export const files: Files = {
  writeFileAtomic,
  cachePath,
  findPackage,

  readFile: (target) =>
    explain('readFile', 'read', target, async () => {
      const status = await fs.stat(target);
      if (!status.isFile() && !status.isDirectory()) throw noRegularFile(); // a folder is refused by the system itself
      const { buffer, byteOffset, byteLength } = await fs.readFile(target);
      return new Uint8Array(buffer, byteOffset, byteLength);
    }),

  takeLock: (target) => explain('takeLock', 'lock', target, () => takeLock(target)),

  appendLine: async (target, line, { sync = false } = {}) => {
    if (/[\n\r]/.test(line)) {
      throw new ArgumentError('one line at a time, got text with a line break', { op: 'appendLine' });
    }
    await explain('appendLine', 'add to', target, async () => {
      if (!sync) return fs.appendFile(target, `${line}\n`);
      const handle = await fs.open(target, 'a');
      try {
        const isNew = (await handle.stat()).size === 0;
        await handle.writeFile(`${line}\n`);
        await handle.sync();
        if (isNew) await syncDirectory(path.dirname(path.resolve(target)));
      } finally {
        await handle.close();
      }
    });
  },

  appendBytes: (target, bytes) =>
    explain('appendBytes', 'add to', target, () => fs.appendFile(target, bytes)),

  removeFile: (target) => explain('removeFile', 'remove', target, () => fs.rm(target, { force: true })),

  makeDirectory: (target) =>
    explain('makeDirectory', 'make the folder', target, () => makeFolders(path.resolve(target))),

  fileExists: (target) =>
    explain('fileExists', 'look at', target, async () => {
      try {
        await fs.stat(target);
        return true;
      } catch (cause) {
        if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause))) return false;
        throw cause;
      }
    }),

  listDirectory: (target) =>
    explain('listDirectory', 'list', target, async () => (await fs.readdir(target)).sort()),
};
