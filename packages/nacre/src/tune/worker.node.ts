import { setDevice, setThreads } from '../tensor/engine.ts';
import { manualSeed } from '../tensor/generator.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { loadObjective } from './objective.ts';
import { callObjective, type Objective, reasonOf, Trial } from './trial.ts';

// A process that runs the trials of a search, one after another; the search asks for them by messages.

const tell = (message: FromWorker, then = (): void => {}): void => void process.send!(message, then);

// The search that started it has ended, perhaps by force: nobody waits for a result.
process.on('disconnect', () => process.exit());
// Ctrl-C goes to all programs of a terminal; the search decides what becomes of this one.
process.on('SIGINT', () => {});
process.on('uncaughtException', (error) => {
  tell({ kind: 'crashed', reason: reasonOf(error) }, () => process.exit(1));
});

let objective: Objective<unknown>;
let abort: AbortController;
let answer: (stop: boolean) => void;

async function open({ module, threads, device }: Extract<ToWorker, { kind: 'open' }>): Promise<void> {
  try {
    setDevice(device);
    setThreads(threads);
    objective = await loadObjective(module);
  } catch (error) {
    tell({ kind: 'unusable', message: (error as Error).message });
    return;
  }
  tell({ kind: 'ready' });
}

async function run({ number, seed, params }: Extract<ToWorker, { kind: 'run' }>): Promise<void> {
  abort = new AbortController();
  const trial = new Trial({
    number,
    seed,
    signal: abort.signal,
    send(value, step) {
      tell({ kind: 'report', value, step });
      return new Promise((resolve) => {
        answer = resolve;
      });
    },
  });
  manualSeed(seed);
  const outcome = await callObjective(objective, params, trial);
  tell({ kind: 'ended', outcome });
}

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'open':
      return void open(message);
    case 'run':
      return void run(message);
    case 'answer':
      return answer(message.stop);
    case 'stop':
      return abort.abort();
  }
});
