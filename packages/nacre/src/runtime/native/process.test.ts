import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, watch } from 'node:fs';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { fakeCompilers, shareSource } from './testing.ts';
import { createNative } from './tier.node.ts';

const real = ['cc', 'clang', 'gcc']
  .flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)))
  .find((path) => existsSync(path));
const none = process.platform === 'win32' || real === undefined;
if (none) console.log('tests of the native tier by processes are left out: there is no cc, clang or gcc');

let root: string;
let cache: string;
beforeAll(async () => {
  root = await fs.mkdtemp(join(tmpdir(), 'nacre-process-'));
  // Processes run JavaScript: one file of the native tier, with koffi beside it.
  const koffi = join(createRequire(import.meta.url).resolve('koffi'), '..');
  await fs.mkdir(join(root, 'node_modules'));
  await fs.symlink(koffi, join(root, 'node_modules', 'koffi'));
  await build({
    configFile: false,
    logLevel: 'warn',
    root,
    build: {
      ssr: fileURLToPath(new URL('./native.node.ts', import.meta.url)),
      outDir: join(root, 'built'),
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: {
        external: [/^node:/],
        output: { entryFileNames: 'native.mjs' },
      },
    },
  });
});
afterAll(() => fs.rm(root, { recursive: true }));
beforeEach(async () => {
  cache = await fs.mkdtemp(join(root, 'cache-'));
});

let files = 0;
async function compiler(text: string): Promise<string> {
  const path = join(root, `compiler${files++}`);
  await fs.writeFile(path, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  return path;
}

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** Runs a program that has `native`, by way of another if one is given; `ended` tells how it went. */
async function start(
  program: string,
  environment: NodeJS.ProcessEnv = {},
  through: readonly string[] = [],
): Promise<{ child: ChildProcess; ended: Promise<Ended> }> {
  const path = join(root, `program${files++}.mjs`);
  await fs.writeFile(path, `import { native } from './built/native.mjs';\n${program}`);
  const env = { ...process.env, CC: real, NACRE_CACHE: cache, ...environment };
  const [command, ...given] = [...through, process.execPath, path];
  const child = spawn(command, given, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += part));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, output }));
  });
  return { child, ended };
}

const run = async (...program: Parameters<typeof start>): Promise<Ended> => (await start(...program)).ended;

const done = (output: string): Ended => ({ code: 0, signal: null, output });

/** Resolves when a file is there, and gives its text. */
async function appears(path: string): Promise<string> {
  await new Promise<void>((resolve) => {
    const watcher = watch(join(path, '..'), look);
    function look(): void {
      if (!existsSync(path)) return;
      watcher.close();
      resolve();
    }
    look();
  });
  return fs.readFile(path, 'utf8');
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** All that is in the cache but the record of the compiler. */
const entries = async (): Promise<string[]> =>
  (await fs.readdir(join(cache, 'native'))).filter((name) => !name.endsWith('.json'));

const ask = `library.find('answer', 'i32', []).call()`;

describe.skipIf(none)('processes', () => {
  test('that fill the cache at once all compute right, and leave each library once', async () => {
    const program = `
      const sources = [1, 2, 3].map((n) => \`int answer(void) { return \${n}; }\`);
      const libraries = await Promise.all(sources.map((source) => native.buildLibrary(source, { name: 'answer' })));
      console.log(libraries.map((library) => ${ask}).join());
      console.log((await native.report()).notes.length);`;
    const all = await Promise.all([1, 2, 3].map(() => run(program)));
    expect(all).toEqual([1, 2, 3].map(() => done('1,2,3\n0\n')));
    const names = await entries();
    expect(names.filter((name) => !name.endsWith('.so') && !name.endsWith('.dylib'))).toEqual([]);
    // Compilers that write the same bytes for the same source, as most do, leave one file of each.
    expect(new Set(names.map((name) => name.slice(0, 64))).size).toBe(3);
  });

  test('that look for the compiler at once leave one record, and the next one computes from its first step', async () => {
    const build = `
      await native.support();
      const library = native.buildLibraryNow('int answer(void) { return 13; }', { name: 'answer' });
      console.log(${ask}, (await native.report()).notes.length);`;
    expect(await Promise.all([1, 2, 3].map(() => run(build)))).toEqual([1, 2, 3].map(() => done('13 0\n')));
    const names = await fs.readdir(join(cache, 'native'));
    expect(names.filter((name) => name.endsWith('.json'))).toHaveLength(1);
    const find = `
      console.log(native.supportFromRecord().ok);
      const library = native.findLibrary('int answer(void) { return 13; }', { name: 'answer' });
      console.log(${ask});`;
    expect(await run(find)).toEqual(done('true\n13\n'));
  });

  test.each(['buildLibrary', 'buildLibraryNow'])(
    'killed in the middle of %s leave nothing that is loaded',
    async (build) => {
      const marker = join(cache, 'marker');
      const half = `head -c 5000 "$out" > "$out.half"; mv "$out.half" "$out"
      case "$out" in */answer.so|*/answer.dylib) /bin/sleep 600 & echo $! > ${marker}.new; mv ${marker}.new ${marker}; wait;; esac`;
      const CC = await compiler(
        fakeCompilers.spoiling(real!, `case "$out" in */probe.*) ;; *) ${half};; esac`),
      );
      const source = 'int answer(void) { return 11; }';
      const program = `await native.support(); await native.${build}('${source}', { name: 'answer' });`;
      const { child, ended } = await start(program, { CC });
      const orphan = Number(await appears(marker));
      child.kill('SIGKILL');
      process.kill(orphan, 'SIGKILL');
      expect((await ended).signal).toBe('SIGKILL');
      const [left, ...more] = await entries();
      expect([left, more]).toEqual([expect.stringMatching(/^work-/), []]);
      await fs.utimes(join(cache, 'native', left), 1000, 1000);
      const tier = createNative({ environment: { ...process.env, CC: real, NACRE_CACHE: cache } });
      const library = await tier.buildLibrary(source, { name: 'answer' });
      expect([library.origin, library.find('answer', 'i32', []).call()]).toEqual(['compiled', 11]);
      expect(await entries(), 'an hour later nothing is left of it').toHaveLength(1);
    },
  );

  test('on a full disk compile elsewhere, and say so where there is no room at all', async ({ skip }) => {
    const mounting = ['unshare', '--map-root-user', '--mount'];
    if (spawnSync(mounting[0], [...mounting.slice(1), 'true']).status !== 0)
      skip('nothing can be mounted here');
    const disk = join(cache, 'disk');
    await fs.mkdir(disk);
    const fill = `mount -t tmpfs -o size=64k,mode=700 none ${disk} && head -c 100000 /dev/zero > ${disk}/all 2> /dev/null`;
    const through = [...mounting, 'sh', '-c', `${fill}; exec "$@"`, 'sh'];
    const program = `
      const source = (value) => \`int answer(void) { return \${value}; }\`;
      for (const build of ['buildLibrary', 'buildLibraryNow']) {
        try {
          const library = await native[build](source(build.length), { name: 'answer' });
          console.log(${ask});
        } catch (error) {
          console.log(error.message);
        }
      }
      console.log((await native.report()).notes.join());`;
    const NACRE_CACHE = join(disk, 'cache');
    const why = 'ENOSPC: no space left on device';
    const { output } = await run(program, { NACRE_CACHE }, through);
    expect(output).toMatch(new RegExp(`^12\\n15\\ncompiled code is not kept: ${why}.*\\n$`));
    const none = await run(program, { NACRE_CACHE, TMPDIR: disk }, through);
    expect(none.code).toBe(0);
    for (const build of ['buildLibrary', 'buildLibraryNow']) {
      expect(none.output).toMatch(new RegExp(`^${build}: there is no native tier here: .*${why}`, 'm'));
    }
  });

  test('end while a compilation goes on in the background, and end the compiler', async () => {
    const marker = join(cache, 'marker');
    const hanging = `/bin/sleep 600 & echo $! > ${marker}.new; mv ${marker}.new ${marker}; wait`;
    const CC = await compiler(fakeCompilers.unless(real!, '*/answer.c', hanging));
    const { child, ended } = await start(
      `import { existsSync } from 'node:fs';
       native.buildLibrary('', { name: 'answer', background: true }).then(() => console.log('built'));
       const wait = () => existsSync('${marker}') ? console.log('end') : setTimeout(wait, 5);
       wait();`,
      { CC },
    );
    const compiling = Number(await appears(marker));
    expect(await ended).toEqual(done('end\n'));
    expect(child.exitCode).toBe(0);
    while (process.platform === 'linux' && isRunning(compiling)) {
      const status = await fs.readFile(`/proc/${compiling}/stat`, 'utf8').catch(() => ') Z');
      if (status.includes(') Z')) break;
    }
    expect(await entries()).toEqual([]);
  });

  test('stay until a compilation that they wait for is done', async () => {
    const program = `
      native.buildLibrary('int answer(void) { return 12; }', { name: 'answer' })
        .then((library) => console.log(${ask}));`;
    expect(await run(program)).toEqual(done('12\n'));
  });

  test('end by themselves with threads of the pool asleep, and in the middle of a job', async () => {
    const share = `#include <stdint.h>
      #include <time.h>
      void nacre_share(char *base, uint32_t args, uint32_t scratch, uint32_t status, uint32_t sync, int me, int threads) {
        struct timespec time = { 0, args * 1000000L };
        nanosleep(&time, 0);
      }`;
    const prepare = `
      const pool = await native.loadPool();
      const library = await native.buildLibrary(${JSON.stringify(share)}, { name: 'share' });
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true });
      const job = (args) => ({ share: library.address('nacre_share'), base, args, scratch: 0, scratchStride: 0, status: 0,
        sync: 1024, syncBytes: 64, threads: 3 });
      const base = (await native.ffi()).addressOf(memory);
      pool.run(job(0));`;
    expect(await run(`${prepare} console.log('end');`)).toEqual(done('end\n'));
    expect(await run(`${prepare} pool.runAside(job(300)); setTimeout(() => process.exit(0), 20);`)).toEqual(
      done(''),
    );
    // A thread of Node's that used the pool ends, and with it what it had loaded; the pool's threads are still there.
    const inWorker = `
      import { Worker, isMainThread } from 'node:worker_threads';
      import { fileURLToPath } from 'node:url';
      if (isMainThread) {
        for (let i = 0; i < 3; i++) {
          await new Promise((resolve) => new Worker(fileURLToPath(import.meta.url)).on('exit', resolve));
        }
        console.log('end');
      } else { ${prepare} }`;
    expect(await run(inWorker)).toEqual(done('end\n'));
  });

  test('whose own threads run jobs beside them at the same time, each wait for theirs', async () => {
    const program = `
      import { Worker, isMainThread } from 'node:worker_threads';
      import { fileURLToPath } from 'node:url';
      const pool = await native.loadPool();
      const library = await native.buildLibrary(${JSON.stringify(shareSource)}, { name: 'share' });
      const ends = isMainThread
        ? [1, 2, 3].map(() => new Promise((resolve) => new Worker(fileURLToPath(import.meta.url)).on('exit', resolve)))
        : [];
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 16, shared: true });
      const job = { share: library.address('nacre_share'), base: native.addressOf(memory), args: 0, scratch: 0,
        scratchStride: 0, status: 0, sync: 1024, syncBytes: 64, threads: 2 };
      for (let i = 0; i < 2000; i++) {
        const { ended, wait } = pool.runAside(job);
        wait();
        await ended;
        if (new Int32Array(memory.buffer, 1024, 3)[2] !== 300) throw new Error('wrong in turn ' + i);
      }
      if (isMainThread) console.log((await Promise.all(ends)).join());`;
    expect(await run(program)).toEqual(done('0,0,0\n'));
  });
});
