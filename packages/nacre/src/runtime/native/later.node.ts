import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeProcessor } from './cpu.node.ts';
import type { LaterBuild, Native } from './native.ts';

/** The script of the package that builds what a process has left; not there where the sources run without being built. */
const script = fileURLToPath(new URL('./native-later.js', import.meta.url));

/** The width of vectors that a compiler will use here, before one was asked. */
export function likelyLanes(): 16 | 32 | 64 {
  const { features } = describeProcessor();
  if (features?.has('avx512f')) return 64;
  return features?.has('avx2') ? 32 : 16;
}

/**
 * When this process ends, what is then left is compiled into the cache by a process of its own, at low priority. A training that began
 * without compiled code thus takes no longer for it, and the next one has it from its first step.
 */
export function buildAtExit(left: () => readonly LaterBuild[]): void {
  if (!existsSync(script)) return;
  process.once('exit', () => {
    const builds = left();
    if (!builds.length) return;
    const folder = mkdtempSync(path.join(tmpdir(), 'nacre-later-'));
    const file = path.join(folder, 'builds.json');
    writeFileSync(file, JSON.stringify(builds), { mode: 0o600 });
    spawn(process.execPath, [script, folder], { detached: true, stdio: 'ignore' }).unref();
  });
}

/** Builds what another process left in a folder, and removes the folder. */
export async function buildLeft(native: Native, folder: string): Promise<void> {
  setPriority(10);
  let builds: LaterBuild[];
  try {
    builds = JSON.parse(readFileSync(path.join(folder, 'builds.json'), 'utf8')) as LaterBuild[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!(await native.support()).ok) return;
  await native.loadPool();
  for (const { source, options } of builds) await native.buildLibrary(source, options);
}
