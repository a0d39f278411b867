import type { Progress, TaskName } from '../messages.ts';
import { LossCurve } from './curve.ts';
import { byId } from './dom.ts';

/** A slider over powers of ten, with its number beside it. */
export function powerSlider(
  id: string,
  range: { from: number; to: number; value: number; show?: (value: number) => string },
  onChange: (value: number) => void,
): { readonly value: number; write(): void } {
  const input = byId<HTMLInputElement>(id);
  const output = byId(`${id}-value`);
  const { from, to, value, show = (number) => String(number) } = range;
  input.min = String(Math.log10(from));
  input.max = String(Math.log10(to));
  input.step = 'any';
  input.value = String(Math.log10(value));
  const read = (): number => Number((10 ** Number(input.value)).toPrecision(2));
  const write = (): void => {
    output.textContent = show(read());
  };
  input.addEventListener('input', () => {
    write();
    onChange(read());
  });
  write();
  return {
    get value() {
      return read();
    },
    write,
  };
}

/** Buttons of which one is chosen. */
export function segments(
  id: string,
  attribute: string,
  onChoose: (value: string) => void,
): (value: string) => void {
  const buttons = [...byId(id).querySelectorAll<HTMLButtonElement>('button')];
  const mark = (value: string): void => {
    for (const button of buttons)
      button.setAttribute('aria-pressed', String(button.dataset[attribute] === value));
  };
  for (const button of buttons) {
    button.addEventListener('click', () => {
      const value = button.dataset[attribute] as string;
      mark(value);
      onChoose(value);
    });
  }
  return mark;
}

/** The numbers and the curve of one task. */
export class Statistics {
  readonly curve: LossCurve;
  stepsPerEpoch = 0;
  private average = Number.NaN;

  constructor(private readonly task: TaskName) {
    this.curve = new LossCurve(byId<HTMLCanvasElement>(`${task}-curve`));
  }

  clear(): void {
    this.curve.clear();
    this.average = Number.NaN;
    this.write('loss', '–');
    this.write('time', '–');
  }

  add({ step, losses, accuracy, stepMicroseconds }: Progress): void {
    this.curve.add(losses);
    for (const loss of losses)
      this.average = Number.isNaN(this.average) ? loss : 0.95 * this.average + 0.05 * loss;
    this.write('step', step.toLocaleString());
    this.write('accuracy', `${(accuracy * 100).toFixed(1)} %`);
    if (this.stepsPerEpoch) this.write('epoch', (step / this.stepsPerEpoch).toFixed(1));
    if (!losses.length) return;
    this.write('loss', this.average < 0.001 ? this.average.toExponential(1) : this.average.toFixed(3));
    this.write(
      'time',
      stepMicroseconds < 1000
        ? `${stepMicroseconds.toFixed(0)} µs`
        : `${(stepMicroseconds / 1000).toFixed(1)} ms`,
    );
  }

  private write(name: string, value: string): void {
    byId(`${this.task}-${name}`).textContent = value;
  }
}
