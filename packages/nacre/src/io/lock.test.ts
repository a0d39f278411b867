import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lock, LockOwner } from './files.ts';
import { takeLock } from './lock.node.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nacre-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const isLock = (result: Lock | LockOwner): result is Lock => 'release' in result;

async function take(): Promise<Lock> {
  const result = await takeLock(join(folder, 'lock'));
  if (!isLock(result)) throw new Error(`held by ${result.pid}`);
  return result;
}

const writeLock = (content: string) => writeFile(join(folder, 'lock'), content);

/** The pid of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('takeLock', () => {
  it('leaves one file that names this process, and nothing once released', async () => {
    const lock = await take();
    expect(await readdir(folder)).toEqual(['lock']);
    expect(await readFile(join(folder, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} \\d* .+\\n$`));
    await lock.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives the owner while the lock is held', async () => {
    const lock = await take();
    expect(await takeLock(join(folder, 'lock'))).toMatchObject({ pid: process.pid, host: hostname() });
    await lock.release();
    await (await take()).release();
  });

  it('lets one of many win', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => takeLock(join(folder, 'lock'))));
    expect(results.filter(isLock)).toHaveLength(1);
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it.skipIf(process.platform === 'win32')('does not wait for a pipe of its name', async () => {
    spawnSync('mkfifo', [join(folder, 'lock')]);
    expect(isLock(await takeLock(join(folder, 'lock')))).toBe(true);
    expect(await readdir(folder)).toEqual(['lock']);
  });

  it('respects a living process', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(child, 'spawn');
    await writeLock(`${child.pid}  ${hostname()}\n`);
    expect(await takeLock(join(folder, 'lock'))).toMatchObject({ pid: child.pid });
    child.kill();
    await once(child, 'exit');
    expect(isLock(await takeLock(join(folder, 'lock')))).toBe(true);
  });

  it('takes over from a dead process', async () => {
    await writeLock(`${deadPid()} 123 ${hostname()}\n`);
    await take();
    expect(await readFile(join(folder, 'lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
  });

  it.runIf(process.platform === 'linux')(
    'takes over from a dead process whose pid is in use again',
    async () => {
      await writeLock(`${process.pid} 1 ${hostname()}\n`);
      await take();
    },
  );

  it.runIf(process.platform === 'linux')(
    'takes over from a process that has ended and whose parent has not asked',
    async () => {
      const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const [printed] = await once(parent.stdout, 'data');
      const pid = Number(printed);
      const state = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1][0];
      for (let tries = 0; tries < 200 && (await state()) !== 'Z'; tries++) await pause(10);
      expect(await state()).toBe('Z');
      await writeLock(`${pid}  ${hostname()}\n`);
      await take();
      parent.kill();
      await once(parent, 'exit');
    },
  );

  it.each(['', 'not a lock', '12'])('takes over a lock that was never written whole: %j', async (content) => {
    await writeLock(content);
    await take();
  });

  it('does not judge a process of another machine', async () => {
    await writeLock(`${deadPid()} 123 elsewhere\n`);
    expect(await takeLock(join(folder, 'lock'))).toMatchObject({ host: 'elsewhere' });
  });
});
