import { FileError, type Files } from './files.ts';

function refuse(op: string, path: string): never {
  throw new FileError(`there are no file paths in a browser, got ${JSON.stringify(path)}`, {
    op,
    path,
    code: 'ENOSYS',
    hint: 'Pass bytes instead, from fetch() or a file input',
  });
}

/** A browser has no paths: every operation on one says so; there are no caches and no packages to find. */
export const files: Files = {
  readFile: async (path) => refuse('readFile', path),
  writeFileAtomic: async (path) => refuse('writeFileAtomic', path),
  appendLine: async (path) => refuse('appendLine', path),
  appendBytes: async (path) => refuse('appendBytes', path),
  removeFile: async (path) => refuse('removeFile', path),
  takeLock: async (path) => refuse('takeLock', path),
  makeDirectory: async (path) => refuse('makeDirectory', path),
  fileExists: async (path) => refuse('fileExists', path),
  listDirectory: async (path) => refuse('listDirectory', path),
  cachePath: () => undefined,
  findPackage: () => undefined,
};
