import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Environment } from '../terminal/colour.ts';

export interface Compiler {
  /** The command it was found by, with its arguments. */
  readonly command: string;
  /** The first line of what `--version` prints. */
  readonly version: string;
}

/** A compiler that takes longer than this to say its version is no use. */
const patience = 5000;

const runFile = promisify(execFile);

/** The C compiler of this machine: the first of `$CC`, cc, clang and gcc that answers to `--version`. */
export async function findCompiler({ CC, PATH }: Environment): Promise<Compiler | undefined> {
  for (const command of [...(CC ? [CC] : []), 'cc', 'clang', 'gcc']) {
    const [program, ...args] = command.split(/\s+/).filter(Boolean); // CC may hold options: `ccache gcc`
    try {
      const { stdout } = await runFile(program, [...args, '--version'], {
        timeout: patience,
        env: { ...process.env, PATH },
      });
      return { command, version: stdout.split('\n', 1)[0].trim() };
    } catch (error) {
      // Not there, not a compiler, or silent: whatever the reason, the next one is tried.
      if (!(error instanceof Error)) throw error;
    }
  }
  return undefined;
}
