import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, platform, release } from 'node:os';

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
  const seen = new Set<string>();
  let features: Set<string> | undefined;
  let model = '';
  for (const core of text.split(/\n\s*\n/)) {
    const lines = core.split('\n').filter((line) => identifying.test(line));
    const text = lines.join('\n');
    if (lines.length === 0 || seen.has(text)) continue; // a server has hundreds of one kind
    seen.add(text);
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
function describeMac(model: string): Processor {
  const listed = execFileSync('/usr/sbin/sysctl', ['hw.optional'], { timeout: 5000, encoding: 'utf8' });
  const features = listed
    .split('\n')
    .filter((line) => line.endsWith(': 1'))
    .map((line) => line.replace(/^hw\.optional\.(.*): 1$/, '$1'));
  return { model, features: new Set(features), identity: [model, ...features.sort()].join('\n') };
}

const systemModel = (): string => cpus()[0]?.model.trim() || 'unknown';

/** The processor of this machine. */
export function describeProcessor(): Processor {
  try {
    if (platform() === 'darwin') return describeMac(systemModel());
    if (platform() === 'linux') {
      const found = parseCpuInfo(readFileSync('/proc/cpuinfo', 'utf8'));
      return { ...found, model: found.model || systemModel(), identity: `${arch()}\n${found.identity}` };
    }
  } catch (error) {
    // Without /proc, as in some containers, the model alone has to do.
    if (!(error instanceof Error)) throw error;
  }
  const model = systemModel();
  return { model, features: undefined, identity: `${arch()} ${model}` };
}

/** Where the processor is asked; tests ask another. */
export interface ProcessorSource {
  describe(): Processor;
  /** Another text on another processor. No program is started, as `describe` does on macOS. */
  mark(): string;
}

export const thisProcessor: ProcessorSource = {
  describe: describeProcessor,
  mark: () =>
    platform() === 'darwin' ? [arch(), systemModel(), release()].join('\n') : describeProcessor().identity,
};
