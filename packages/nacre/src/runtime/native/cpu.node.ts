import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { promisify } from 'node:util';

/** The processor, as far as compiled code depends on it. */
export interface Processor {
  readonly model: string;
  /** Its instruction sets by the system's names; undefined where the system does not list them. */
  readonly features: ReadonlySet<string> | undefined;
  /** Equal for machines that run each other's code. */
  readonly identity: string;
}

/** Lines of /proc/cpuinfo that tell kinds of cores apart: those of x86, then of ARM. */
const identifying = /^(vendor_id|cpu family|model|model name|flags|CPU implementer|CPU part|Features)\s*:/;

/** What the text of /proc/cpuinfo says. Cores of a machine may differ: all kinds count, and only the features of every core. */
export function parseCpuInfo(text: string): Processor {
  const kinds = new Set<string>();
  let features: Set<string> | undefined;
  let model = '';
  for (const core of text.split(/\n\s*\n/)) {
    const lines = core.split('\n').filter((line) => identifying.test(line));
    if (lines.length === 0) continue;
    const kind = lines.map((line) => line.replace(/\s+/g, ' ').trim());
    kinds.add(kind.join('\n'));
    const field = (names: RegExp): string | undefined =>
      kind.find((line) => names.test(line))?.replace(/^[^:]*: ?/, '');
    model ||= field(/^model name/) ?? '';
    const list = field(/^(flags|Features)/);
    if (list === undefined) continue;
    const own = new Set(list.split(' '));
    const before: ReadonlySet<string> = features ?? own;
    features = new Set([...own].filter((name) => before.has(name)));
  }
  return { model, features, identity: [...kinds].sort().join('\n\n') };
}

/** macOS: every `hw.optional.*` that is 1 is an instruction set. */
async function describeMac(model: string): Promise<Processor> {
  const { stdout } = await promisify(execFile)('/usr/sbin/sysctl', ['hw.optional'], { timeout: 5000 });
  const features = stdout
    .split('\n')
    .filter((line) => line.endsWith(': 1'))
    .map((line) => line.replace(/^hw\.optional\.(.*): 1$/, '$1'));
  return { model, features: new Set(features), identity: [model, ...features.sort()].join('\n') };
}

/** The processor of this machine. */
export async function describeProcessor(): Promise<Processor> {
  const model = cpus()[0]?.model.trim() || 'unknown';
  const unlisted = { model, features: undefined, identity: `${arch()} ${model}` };
  try {
    if (platform() === 'darwin') return await describeMac(model);
    if (platform() !== 'linux') return unlisted;
    const found = parseCpuInfo(await readFile('/proc/cpuinfo', 'utf8'));
    return { ...found, model: found.model || model, identity: `${arch()}\n${found.identity}` };
  } catch (error) {
    // Without /proc, as in some containers, the model alone has to do.
    if (!(error instanceof Error)) throw error;
    return unlisted;
  }
}
