import { type PointSet, type Reply, type Request, type TaskName, taskNames } from '../messages.ts';
import { Bars } from './bars.ts';
import { powerSlider, Statistics, segments } from './controls.ts';
import { byId } from './dom.ts';
import { DrawingPad } from './pad.ts';
import { PlaneView } from './plane.ts';
import { paintDigit, SampleGrid } from './samples.ts';
import { type Language, languages, preferredLanguage, writeTexts } from './text.ts';

const worker = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' });
const send = (request: Request, transfer: Transferable[] = []): void => worker.postMessage(request, transfer);

// ---- what is shown ----

const plane = new PlaneView(byId<HTMLCanvasElement>('points-plane'));
const statistics = { points: new Statistics('points'), digits: new Statistics('digits') };
const bars = new Bars(byId('bars'));
const samples = new SampleGrid(byId('samples'));
const seen = byId<HTMLCanvasElement>('seen');

/** What changes between two frames is drawn once. */
let isDrawn = true;
function redraw(): void {
  if (!isDrawn) return;
  isDrawn = false;
  requestAnimationFrame(() => {
    isDrawn = true;
    plane.draw();
    for (const { curve } of Object.values(statistics)) curve.draw();
  });
}

new ResizeObserver(redraw).observe(byId('points-plane'));
new ResizeObserver(redraw).observe(byId('digits-curve'));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);

// ---- language ----

let language: Language = preferredLanguage(navigator.languages);
let machine: Extract<Reply, { kind: 'machine' }> | null = null;
let running: TaskName | null = null;

function writeLanguage(): void {
  const text = languages[language];
  writeTexts(language);
  markLanguage(language);
  pace.write();
  writeRunning();
  byId('language').setAttribute('aria-label', text.language);
  byId('points-set').setAttribute('aria-label', text.dataSet);
  byId('pad').setAttribute('aria-label', text.draw);
  byId('points-plane').setAttribute('aria-label', text.plane);
  for (const task of taskNames) byId(`${task}-curve`).setAttribute('aria-label', text.lossCurve);
  byId('machine').textContent = machine
    ? [
        machine.device,
        text.threads(machine.threads),
        machine.isolated ? text.isolated : text.notIsolated,
      ].join(' · ')
    : text.loading;
}

const markLanguage = segments('language', 'language', (chosen) => {
  language = chosen as Language;
  writeLanguage();
});

// ---- training ----

function run(task: TaskName | null): void {
  running = task;
  send({ kind: 'train', task });
  writeRunning();
}

function writeRunning(): void {
  const text = languages[language];
  for (const task of taskNames) {
    byId(`${task}-run`).textContent = running === task ? text.pause : text.start;
    byId(task).classList.toggle('running', running === task);
  }
}

function begin(task: TaskName): void {
  byId('failure').hidden = true;
  statistics[task].clear();
  if (task === 'points') send({ kind: 'points', set: pointSet, learningRate: rates.points.value });
  else {
    const folder = new URL('digits/', document.baseURI).href;
    send({ kind: 'digits', folder, learningRate: rates.digits.value });
  }
}

const rate = (task: TaskName, value: number): ReturnType<typeof powerSlider> =>
  powerSlider(`${task}-rate`, { from: 1e-4, to: 0.1, value }, (changed) => {
    send({ kind: 'learningRate', task, value: changed });
  });
const rates = { points: rate('points', 0.01), digits: rate('digits', 0.001) };

/** The last place of the slider stands for no limit. */
const paceLimit = 10_000;
const limited = (value: number): number => (value >= paceLimit ? Number.POSITIVE_INFINITY : value);
const pace = powerSlider(
  'points-pace',
  {
    from: 30,
    to: paceLimit,
    value: 300,
    show: (value) => (value >= paceLimit ? languages[language].unlimited : String(value)),
  },
  (value) => send({ kind: 'pace', stepsPerSecond: limited(value) }),
);

let pointSet: PointSet = 'moons';
const markSet = segments('points-set', 'set', (chosen) => {
  pointSet = chosen as PointSet;
  begin('points');
});

for (const task of taskNames) {
  byId(`${task}-run`).addEventListener('click', () => run(running === task ? null : task));
  byId(`${task}-reset`).addEventListener('click', () => begin(task));
}

// ---- drawing ----

const pad = new DrawingPad(byId<HTMLCanvasElement>('pad'), ({ ink, side }) => {
  byId('pad-hint').hidden = true;
  send({ kind: 'read', ink, side }, [ink.buffer]);
});
byId('pad-clear').addEventListener('click', () => {
  pad.clear();
  byId('pad-hint').hidden = false;
  send({ kind: 'wipe' });
});

// ---- tabs ----

let areDigitsBegun = false;
function open(task: TaskName): void {
  for (const name of taskNames) {
    byId(name).hidden = name !== task;
    byId(`tab-${name}`).setAttribute('aria-selected', String(name === task));
  }
  if (running !== task) run(null);
  if (task === 'digits' && !areDigitsBegun) {
    areDigitsBegun = true;
    begin('digits');
  }
  redraw();
}
for (const task of taskNames) byId(`tab-${task}`).addEventListener('click', () => open(task));

// ---- what the worker says ----

function hear(reply: Reply): void {
  switch (reply.kind) {
    case 'machine':
      machine = reply;
      writeLanguage();
      break;
    case 'points':
      plane.points = reply;
      break;
    case 'digits':
      statistics.digits.stepsPerEpoch = reply.stepsPerEpoch;
      break;
    case 'plane':
      plane.plane = reply;
      break;
    case 'progress':
      statistics[reply.task].add(reply);
      break;
    case 'samples':
      samples.show(reply);
      break;
    case 'reading':
      bars.show(reply.result?.probabilities ?? null);
      paintDigit(seen, reply.result?.image ?? new Uint8Array(784));
      break;
    case 'failed':
      fail(reply.message);
      break;
  }
  redraw();
}

function fail(message: string): void {
  run(null);
  const failure = byId('failure');
  failure.hidden = false;
  failure.textContent = languages[language].failure(message);
}

worker.onmessage = ({ data }: MessageEvent<Reply>) => hear(data);
worker.onerror = ({ message }) => fail(message);

markSet(pointSet);
writeLanguage();
send({ kind: 'pace', stepsPerSecond: limited(pace.value) });
begin('points');
open('points');
