import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deserialize, serialize } from 'node:v8';
import type { Native } from '../../runtime/native/native.ts';
import { buildProgram } from './native.ts';
import { type PackedSkeleton, pack, type Skeleton, unpack } from './skeleton.ts';

/** The script of the package that builds what a process has left; not there where the sources run without being built. */
const script = fileURLToPath(new URL(/* @vite-ignore */ './native-later.js', import.meta.url));
const fileName = 'graphs';

/**
 * When this process ends, what is then left is compiled into the cache by a process of its own, at low priority. A training that began
 * without compiled code thus takes no longer for it, and the next one has it from its first step.
 */
export function buildAtExit(left: () => readonly Skeleton[]): void {
  if (!existsSync(script)) return;
  process.once('exit', () => {
    const graphs = left();
    if (!graphs.length) return;
    const folder = mkdtempSync(path.join(tmpdir(), 'nacre-later-'));
    writeFileSync(path.join(folder, fileName), serialize(graphs.map(pack)), { mode: 0o600 });
    spawn(process.execPath, [script, folder], { detached: true, stdio: 'ignore' }).unref();
  });
}

/** Builds what another process left in a folder, and removes the folder. */
export async function buildLeft(native: Native, folder: string): Promise<void> {
  setPriority(10);
  let graphs: readonly PackedSkeleton[];
  try {
    graphs = deserialize(readFileSync(path.join(folder, fileName))) as readonly PackedSkeleton[];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!(await native.support()).ok) return;
  await native.loadPool();
  for (const graph of graphs) await buildProgram(native, unpack(graph));
}
