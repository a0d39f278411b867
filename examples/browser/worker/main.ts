import { getDevice, getThreads, threadsReady } from 'nacre';
import type { TrainTest } from 'nacre/datasets';
import type { Request, TaskName } from '../messages.ts';
import { DigitsTask, fetchDigits, toDigit } from './digits-task.ts';
import { PointsTask } from './points-task.ts';
import { receive, send } from './port.ts';
import type { Task } from './task.ts';

/** The page hears of progress this often: as often as a smooth picture needs. */
const frameMilliseconds = 33;

const tasks: { points: PointsTask | null; digits: DigitsTask | null } = { points: null, digits: null };
let digits: Promise<TrainTest> | null = null;
let pace = Number.POSITIVE_INFINITY;
let active: TaskName | null = null;
/** The drawing as a digit, read again whenever the network has learned. */
let drawn: Uint8Array | null = null;
let isLooping = false;

const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Tells the page of a task's last steps, the losses of which took so long; of none when it begins or rests. */
function report(task: Task, losses: readonly number[] = [], milliseconds = 0): void {
  const accuracy = task.accuracy(!losses.length);
  task.show();
  send({
    kind: 'progress',
    task: task.name,
    step: task.steps,
    losses: Float32Array.from(losses),
    accuracy,
    stepMicroseconds: losses.length ? (milliseconds * 1000) / losses.length : 0,
  });
  if (task === tasks.digits) readDrawing();
}

function readDrawing(): void {
  if (tasks.digits) send(drawn ? tasks.digits.readDigit(drawn) : { kind: 'reading', result: null });
}

/** Trains whichever task is active, a frame at a time; between two frames the worker hears the page. */
async function loop(): Promise<void> {
  if (isLooping) return;
  isLooping = true;
  try {
    for (let task = active && tasks[active]; task; task = active && tasks[active]) {
      const frame = performance.now();
      const most = Math.max(1, Math.round((task.stepsPerSecond * frameMilliseconds) / 1000));
      const losses: number[] = [];
      const isCurrent = (): boolean => tasks[task.name] === task;
      do losses.push(await task.step());
      while (isCurrent() && losses.length < most && performance.now() - frame < frameMilliseconds * 0.8);
      const spent = performance.now() - frame;
      // What was reset during the frame has a successor, which reports for itself.
      if (isCurrent()) report(task, losses, spent);
      await wait(Math.max(0, frameMilliseconds - (performance.now() - frame)));
      if (active !== task.name && isCurrent()) report(task);
    }
  } finally {
    isLooping = false;
  }
}

async function handle(request: Request): Promise<void> {
  switch (request.kind) {
    case 'points':
      tasks.points?.dispose();
      tasks.points = new PointsTask(request.set, request.learningRate, pace);
      report(tasks.points);
      break;
    case 'digits': {
      digits ??= fetchDigits(request.folder);
      const data = await digits.catch((error: unknown) => {
        // The next try fetches again.
        digits = null;
        throw error;
      });
      tasks.digits?.dispose();
      tasks.digits = new DigitsTask(data, request.learningRate);
      report(tasks.digits);
      break;
    }
    case 'train':
      active = request.task;
      break;
    case 'learningRate': {
      const task = tasks[request.task];
      if (task) task.learningRate = request.value;
      break;
    }
    case 'pace':
      pace = request.stepsPerSecond;
      if (tasks.points) tasks.points.stepsPerSecond = pace;
      break;
    case 'read':
      drawn = toDigit(request.ink, request.side);
      readDrawing();
      break;
    case 'wipe':
      drawn = null;
      readDrawing();
      break;
  }
  await loop();
}

receive((request) => {
  handle(request).catch((error: unknown) => {
    active = null;
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  });
});

await threadsReady();
send({
  kind: 'machine',
  device: getDevice(),
  threads: getThreads(),
  isolated: globalThis.crossOriginIsolated,
});
