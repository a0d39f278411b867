import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { table } from 'nacre/terminal';
import { catalogue, type ExampleName } from '../../../../examples/support/catalogue.ts';
import { suggest } from '../arguments/suggest.ts';
import type { Context } from '../context.ts';
import { Failure } from '../failure.ts';
import { exampleFile } from '../package.ts';

/** The examples that were built, in reading order. */
const examples = (): ExampleName[] =>
  (Object.keys(catalogue) as ExampleName[]).filter((name) => existsSync(exampleFile(name)));

/** `nacre run`: lists the examples, or runs one with the arguments that are its own. */
export function runExample(
  context: Context,
  { example, args }: { example?: string; args: readonly string[] },
): Promise<number> {
  if (example === undefined) return Promise.resolve(list(context));
  const names = examples();
  const name = names.find((known) => known === example);
  if (name !== undefined) return runFile(exampleFile(name), args);
  const { usageError } = context.text;
  const meant = suggest(example, names);
  throw new Failure(
    usageError.compose(
      usageError.unknownExample(example),
      meant === undefined ? '' : usageError.suggestion(meant),
      usageError.seeExamples,
    ),
    { exitCode: 2 },
  );
}

function list({ terminal, json, text, language }: Context): number {
  const names = examples();
  for (const name of names) json?.({ event: 'example', name, title: catalogue[name][language] });
  if (json) return 0;
  const { bold, dim } = terminal.palette;
  const rows = names.map((name) => [`  ${bold(name)}`, catalogue[name][language]]);
  terminal.lines(text.run.heading, '', ...table(rows, [], 4), '', dim(text.run.more));
  return 0;
}

/**
 * Runs an example as a process of its own, as `node` would: it has the arguments, the terminal and the signals. A key press in a
 * terminal signals both processes, and an example takes the two for one.
 */
function runFile(file: string, args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, [file, ...args], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM'] as const;
  for (const signal of signals) process.on(signal, forward);
  return new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode, signal) => resolve(exitCode ?? 128 + constants.signals[signal!]));
  }).finally(() => {
    for (const signal of signals) process.off(signal, forward);
  });
}
