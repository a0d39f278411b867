#!/usr/bin/env node
import { run } from './cli.ts';

// A reader that has seen enough, as in `nacre --help | head -1`, closes the pipe: that is no failure. A full disk under a redirect is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`nacre: ${error.message}\n`);
  process.exit(1);
});

process.exitCode = await run(process.argv.slice(2), {
  output: process.stdout,
  errors: process.stderr,
  environment: process.env,
});
