import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Callback, manualSeed, setThreads } from 'nacre';
import { type Picture, savePicture } from 'nacre/plot';
import { showDuration, table, wrap } from 'nacre/terminal';
import { optionsOf } from '../../packages/cli/src/arguments/commands.ts';
import { commandHelp } from '../../packages/cli/src/arguments/help.ts';
import { languageOfArguments } from '../../packages/cli/src/arguments/language.ts';
import type { OptionValues } from '../../packages/cli/src/arguments/options.ts';
import { parseOptions } from '../../packages/cli/src/arguments/parse.ts';
import { describeDevice } from '../../packages/cli/src/doctor/device.ts';
import { explain } from '../../packages/cli/src/explain.ts';
import { Failure } from '../../packages/cli/src/failure.ts';
import { type Language, messages } from '../../packages/cli/src/i18n/index.ts';
import { Interrupt } from '../../packages/cli/src/interrupt.ts';
import type { WriteJson } from '../../packages/cli/src/report/json.ts';
import { openTerminal, type Terminal } from '../../packages/cli/src/terminal/terminal.ts';
import { catalogue, type ExampleName } from './catalogue.ts';
import { type Cell, paragraphs, showCell, showResult } from './format.ts';
import { TrainingProgress } from './training-progress.ts';

/** A text in both languages. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** A text, or one that is the same in both languages: a number, a name. */
export type Text = string | Bilingual;

export interface LessonOptions {
  /** How often the training goes through its data, unless `--epochs` says it. Default: 1. */
  readonly epochs?: number;
  /** The same with `--small`. Default: 1. */
  readonly smallEpochs?: number;
}

/** A figure the example is there for. */
export interface ResultOptions {
  /** What the value is counted in, such as '%' or 's'. Default: nothing. */
  readonly unit?: string;
  /** Digits after the point. Default: 2 for '%', else as many as say something. */
  readonly digits?: number;
  /** The least the full example must reach. */
  readonly atLeast?: number;
  /** The most it may come to. */
  readonly atMost?: number;
}

/** How a training is followed. */
export interface FollowOptions {
  /** Stands before each epoch, where several trainings follow each other. Default: nothing. */
  readonly label?: Text;
  /** One line for the whole training, for those of many epochs. Default: a line for each epoch. */
  readonly brief?: boolean;
  /** More that follows it, called before the progress is shown. Default: none. */
  readonly callbacks?: readonly Callback[];
}

/** What spreads into the options of `fit`: progress in the reader's language, and Ctrl-C. */
export interface Following {
  readonly signal: AbortSignal;
  readonly verbose: false;
  readonly callbacks: readonly Callback[];
}

/** Text is not wrapped wider than this: long lines are hard to read. */
const mostColumns = 100;

/** The way out of an example that Ctrl-C stops, or whose arguments are wrong: nothing after the call is run. */
const leave = (exitCode: number): never => process.exit(exitCode);

/**
 * Opens an example: reads its arguments, sets seed and threads, and writes its title.
 *
 * Text goes to the terminal in English or Chinese; with `--json` nothing is written but a line for each result.
 */
export async function openLesson(name: ExampleName, options: LessonOptions = {}): Promise<Lesson> {
  const args = process.argv.slice(2);
  const language = languageOfArguments(args, process.env);
  const text = messages[language];
  // Pictures are labelled in the same language.
  process.env.NACRE_LANG = language;
  const terminal = openTerminal(process.stdout, process.env);
  const errors = openTerminal(process.stderr, process.env);
  const json: WriteJson | undefined = args.includes('--json')
    ? (line) => void process.stdout.write(`${JSON.stringify(line)}\n`)
    : undefined;
  const program =
    basename(process.argv[1] ?? '') === `${name}.ts` ? `npx tsx examples/${name}.ts` : `nacre run ${name}`;
  let given: OptionValues;
  try {
    given = parseOptions(args, optionsOf('run'), text, program);
  } catch (error) {
    return leave(explain(error, { errors, json, text }));
  }
  if (given.help) {
    const description = catalogue[name][language];
    terminal.lines(commandHelp(text, terminal, { line: program, description, command: 'run' }));
    return leave(0);
  }
  const lesson = new Lesson(name, { given, language, terminal, json, options });
  process.on('uncaughtException', (error) => {
    if (lesson.wasStopped(error)) {
      if (json) json({ event: 'interrupted', example: name });
      else terminal.lines(text.lesson.stopped);
      leave(lesson.exitCode);
    }
    leave(explain(error, { errors, json, text }));
  });
  lesson.begin();
  return lesson;
}

/** An example that is running. */
export class Lesson {
  readonly name: ExampleName;
  readonly language: Language;
  /** Decides everything random: `manualSeed` has it already. */
  readonly seed: number;
  /** Whether to take little of everything, to end within seconds. */
  readonly small: boolean;
  readonly epochs: number;
  /** The folder for pictures and files; it is made when something is written. */
  readonly out: string;
  readonly #given: OptionValues;
  readonly #terminal: Terminal;
  readonly #json: WriteJson | undefined;
  readonly #interrupt: Interrupt;
  readonly #began = performance.now();
  readonly #results: (readonly [label: string, value: string, required: string])[] = [];
  #progress: TrainingProgress | undefined;

  constructor(
    name: ExampleName,
    {
      given,
      language,
      terminal,
      json,
      options: { epochs = 1, smallEpochs = 1 },
    }: {
      given: OptionValues;
      language: Language;
      terminal: Terminal;
      json: WriteJson | undefined;
      options: LessonOptions;
    },
  ) {
    this.name = name;
    this.language = language;
    this.seed = given.seed ?? 0;
    this.small = given.small ?? false;
    this.epochs = given.epochs ?? (this.small ? smallEpochs : epochs);
    this.out = given.out ?? join('runs', name);
    this.#given = given;
    this.#terminal = terminal;
    this.#json = json;
    this.#interrupt = new Interrupt({
      source: process,
      onFirst: () => {
        this.#progress?.leave();
        this.#lines(terminal.palette.yellow(this.#messages.train.stopping));
      },
      onSecond: leave,
    });
  }

  // ---- what the example needs ----

  /** Aborted by Ctrl-C. Loops of one's own ask it with `signal.throwIfAborted()`. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  /** The text in the reader's language. */
  text(text: Text): string {
    return typeof text === 'string' ? text : text[this.language];
  }

  /** The folder of a data set inside that of `--data`, or undefined if none was named: loaders then look where they always do. */
  dataDir(set: string): string | undefined {
    const { data } = this.#given;
    if (data === undefined) return undefined;
    const path = join(data, set);
    if (!existsSync(path)) throw new Failure(this.#messages.lesson.noData(data, set));
    return path;
  }

  /** For the options of `fit`: shows its progress, and ends the example on Ctrl-C. */
  follow({ label, brief = false, callbacks = [] }: FollowOptions = {}): Following {
    const { signal } = this;
    const stop: Callback = { onTrainEnd: () => signal.throwIfAborted() };
    if (this.#json) return { signal, verbose: false, callbacks: [...callbacks, stop] };
    this.#progress = new TrainingProgress(this.#terminal, this.#messages, {
      label: label === undefined ? '' : this.text(label),
      brief,
    });
    return { signal, verbose: false, callbacks: [...callbacks, this.#progress, stop] };
  }

  // ---- what the reader sees ----

  /** A paragraph, or several with empty lines between. Line breaks of the source are not kept. */
  say(text: Text): void {
    this.signal.throwIfAborted();
    const columns = Math.min(this.#terminal.columns, mostColumns);
    for (const paragraph of paragraphs(this.text(text))) this.#lines(...wrap(paragraph, columns), '');
  }

  /** Text as it is, line by line, set in a little: what a model wrote. */
  verbatim(text: string): void {
    this.signal.throwIfAborted();
    this.#lines(...text.split('\n').map((line) => `  ${line}`), '');
  }

  /** A table; numbers stand to the right. */
  table(columns: readonly Text[], rows: readonly (readonly Cell[])[]): void {
    this.signal.throwIfAborted();
    const { bold } = this.#terminal.palette;
    const shown = rows.map((row) => row.map((cell) => showCell(cell, this.language)));
    const alignments = columns.map((_, column) =>
      rows.length > 0 && rows.every((row) => typeof row[column] === 'number') ? 'right' : 'left',
    );
    this.#lines(...table([columns.map((column) => bold(this.text(column))), ...shown], alignments), '');
  }

  /** Writes a picture as SVG and PNG, each whole or not at all, and shows the terminal's version where there is one. */
  async picture(name: string, picture: Picture): Promise<void> {
    this.signal.throwIfAborted();
    await mkdir(this.out, { recursive: true });
    const [svg, png] = ['svg', 'png'].map((extension) => join(this.out, `${name}.${extension}`));
    await savePicture(svg, picture);
    await savePicture(png, picture);
    if (this.#json) return;
    const { columns, palette } = this.#terminal;
    const drawn = picture.text({ columns: Math.min(columns, mostColumns), palette });
    this.#lines(...(drawn === undefined ? [] : drawn.split('\n')), palette.dim(`→ ${svg}, ${png}`), '');
  }

  /** Keeps a figure for the table at the end; with `--json` writes it. `value` is in `unit`: 98.7 with '%'. */
  result(name: Text, value: number, options: ResultOptions = {}): void {
    this.signal.throwIfAborted();
    const { unit, atLeast, atMost } = options;
    const english = typeof name === 'string' ? name : name.en;
    this.#json?.({ event: 'result', example: this.name, name: english, value, unit, atLeast, atMost });
    const bounds = [
      ...(atLeast === undefined ? [] : [`≥ ${showResult(atLeast, options)}`]),
      ...(atMost === undefined ? [] : [`≤ ${showResult(atMost, options)}`]),
    ].join(', ');
    const missed = value < (atLeast ?? value) || value > (atMost ?? value);
    const shown = showResult(value, options);
    const { green, yellow } = this.#terminal.palette;
    const painted = bounds === '' ? shown : missed ? yellow(shown) : green(shown);
    this.#results.push([this.text(name), painted, bounds]);
  }

  /** Ends the example: the table of results, and how long it took. */
  async close(): Promise<void> {
    this.signal.throwIfAborted();
    this.#interrupt.dispose();
    const seconds = (performance.now() - this.#began) / 1000;
    this.#json?.({ event: 'done', example: this.name, seed: this.seed, small: this.small, seconds });
    const { lesson } = this.#messages;
    const { bold, dim } = this.#terminal.palette;
    if (this.#results.length > 0) {
      const required = this.#results.some(([, , bounds]) => bounds !== '') ? [bold(lesson.required)] : [];
      const heading = [bold(lesson.result), bold(lesson.reached), ...required];
      this.#lines(...table([heading, ...this.#results], ['left', 'right', 'right']), '');
    }
    this.#lines(dim(lesson.done(showDuration(seconds))));
  }

  // ---- for openLesson ----

  /** Takes up seed and threads, and writes the title. */
  begin(): void {
    manualSeed(this.seed);
    if (this.#given.threads !== undefined) setThreads(this.#given.threads);
    const { lesson, train } = this.#messages;
    const { device, simd, threads } = describeDevice();
    const { bold, dim } = this.#terminal.palette;
    this.#lines(
      bold(`${this.name}: ${catalogue[this.name][this.language]}`),
      dim(lesson.setting(this.seed, train.device(device, simd, threads))),
      ...(this.small ? [dim(lesson.small)] : []),
      '',
    );
  }

  /** Whether an error is the signal's: `fit` says of errors which of its callbacks they came from. */
  wasStopped(error: unknown): boolean {
    const { aborted, reason } = this.signal;
    return aborted && (error === reason || (error instanceof Error && error.cause === reason));
  }

  get exitCode(): number {
    return this.#interrupt.exitCode ?? 1;
  }

  get #messages() {
    return messages[this.language];
  }

  #lines(...lines: readonly string[]): void {
    if (!this.#json) this.#terminal.lines(...lines);
  }
}
