import { fitCanvas, themeColour } from './dom.ts';

/** More points than this are halved by averaging pairs: the curve is not wider than that many pixels anyway. */
const mostPoints = 1200;
/** The axis ends here: what is less is rounding. */
const leastLoss = 1e-8;
const margin = { left: 46, right: 8, top: 10, bottom: 22 } as const;

/** The loss of every step, on a logarithmic axis: each step pale, their moving average as a line. */
export class LossCurve {
  private means: number[] = [];
  /** Steps that one entry of `means` stands for. */
  private stride = 1;
  private pending: number[] = [];

  constructor(private readonly canvas: HTMLCanvasElement) {}

  clear(): void {
    this.means = [];
    this.stride = 1;
    this.pending = [];
  }

  add(losses: Iterable<number>): void {
    for (const loss of losses) {
      this.pending.push(loss);
      if (this.pending.length < this.stride) continue;
      this.means.push(mean(this.pending));
      this.pending = [];
      if (this.means.length < mostPoints) continue;
      this.means = this.means.flatMap((value, i, all) => (i % 2 ? [mean([all[i - 1], value])] : []));
      this.stride *= 2;
    }
  }

  draw(): void {
    const { context, width, height } = fitCanvas(this.canvas);
    if (!width) return;
    const { means } = this;
    const [low, high] = decades(means);
    const innerWidth = width - margin.left - margin.right;
    const innerHeight = height - margin.top - margin.bottom;
    const yOf = (loss: number): number => {
      const share = (Math.log10(Math.max(loss, 10 ** low)) - low) / (high - low);
      return margin.top + innerHeight * (1 - share);
    };
    const xOf = (i: number): number => margin.left + (innerWidth * i) / Math.max(means.length - 1, 60);

    context.font = '11px system-ui, sans-serif';
    context.fillStyle = themeColour('faint-text');
    context.strokeStyle = themeColour('grid');
    context.lineWidth = 1;
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    const every = high - low > 5 ? 2 : 1;
    for (let decade = low + (Math.abs(low) % every); decade <= high; decade += every) {
      const y = Math.round(yOf(10 ** decade)) + 0.5;
      context.beginPath();
      context.moveTo(margin.left, y);
      context.lineTo(width - margin.right, y);
      context.stroke();
      context.fillText(labelOf(decade), margin.left - 8, y);
    }
    context.textBaseline = 'alphabetic';
    context.fillText(
      (Math.max(means.length - 1, 60) * this.stride).toLocaleString(),
      width - margin.right,
      height - 6,
    );
    context.textAlign = 'left';
    context.fillText('0', margin.left, height - 6);
    if (means.length < 2) return;

    const line = (values: readonly number[]): void => {
      context.beginPath();
      for (const [i, loss] of values.entries()) context.lineTo(xOf(i), yOf(loss));
      context.stroke();
    };
    context.lineJoin = 'round';
    context.globalAlpha = 0.3;
    context.strokeStyle = themeColour('accent');
    line(means);
    context.globalAlpha = 1;
    context.lineWidth = 2;
    line(smoothed(means));
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The geometric mean over about a fiftieth of the curve, weighted exponentially and corrected for its beginning. */
function smoothed(values: readonly number[]): number[] {
  const keep = 1 - 1 / Math.max(1, values.length / 50);
  let average = 0;
  let weight = 0;
  return values.map((value) => {
    average = keep * average + (1 - keep) * Math.log(Math.max(value, leastLoss));
    weight = keep * weight + (1 - keep);
    return Math.exp(average / weight);
  });
}

/** The exponents of ten that the axis reaches from and to; the first is whole. */
function decades(losses: readonly number[]): [low: number, high: number] {
  const finite = losses.filter((loss) => Number.isFinite(loss) && loss > 0);
  const least = finite.reduce((a, b) => Math.min(a, b), 0.2);
  const most = finite.reduce((a, b) => Math.max(a, b), 1);
  return [Math.floor(Math.log10(Math.max(least, leastLoss))), Math.log10(most) + 0.05];
}

const labelOf = (decade: number): string => (decade < -3 ? `1e${decade}` : String(10 ** decade));
