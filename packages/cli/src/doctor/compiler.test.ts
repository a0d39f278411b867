import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findCompiler } from './compiler.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-compiler-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, name), 0o755);
}

const find = (CC?: string) => findCompiler({ CC, PATH: folder });

it('finds nothing where nothing is', async () => {
  expect(await find()).toBeUndefined();
});

it('takes cc before clang and gcc', async () => {
  for (const name of ['gcc', 'clang', 'cc']) await program(name, `echo "${name} 12.2"; echo more`);
  expect(await find()).toEqual({ command: 'cc', version: 'cc 12.2' });
});

it('takes $CC before all, with its options', async () => {
  await program('cc', 'echo cc');
  await program('wrapper', 'echo "wrapped $1"');
  expect(await find('wrapper mine')).toEqual({ command: 'wrapper mine', version: 'wrapped mine' });
});

it('passes over what fails', async () => {
  await program('cc', 'exit 1');
  await program('gcc', 'echo gcc 13');
  expect(await find('/nowhere/cc')).toEqual({ command: 'gcc', version: 'gcc 13' });
});
