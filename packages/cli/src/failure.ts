/** A problem the user can mend: the message says what, where and what to do, in the user's language. No stack is shown. */
export class Failure extends Error {
  /** What the process ends with: 1 for a failure, 2 for a command line that cannot be understood. */
  readonly exitCode: 1 | 2;

  constructor(message: string, { exitCode = 1, cause }: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}

/** The system's code of a refused file operation, such as `ENOENT`; empty for any other error. */
export const systemCode = (error: unknown): string =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^E[A-Z0-9]+$/.test(error.code)
    ? error.code
    : '';
