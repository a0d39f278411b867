import { type Plane, type PointsReady, planeExtent } from '../messages.ts';
import { context2d, fitCanvas, rgbOf, themeColour } from './dom.ts';

/** Pixels between two places of the plane, on each axis. */
const zoom = 4;

/** The points over the colours of what the network says of every place. */
export class PlaneView {
  points: PointsReady | null = null;
  plane: Plane | null = null;
  private readonly small = document.createElement('canvas');

  constructor(private readonly canvas: HTMLCanvasElement) {}

  draw(): void {
    const { context, width, height } = fitCanvas(this.canvas);
    if (!width) return;
    if (this.plane) {
      const image = paint(this.plane);
      this.small.width = image.width;
      this.small.height = image.height;
      context2d(this.small).putImageData(image, 0, 0);
      context.imageSmoothingQuality = 'high';
      context.drawImage(this.small, 0, 0, width, height);
    }
    if (!this.points) return;
    const { coordinates, labels } = this.points;
    const radius = Math.max(2.5, width / 145);
    const colours = classColours();
    context.lineWidth = 1.2;
    context.strokeStyle = themeColour('point-edge');
    labels.forEach((label, point) => {
      const x = (coordinates[2 * point] / planeExtent + 1) * 0.5 * width;
      const y = (1 - coordinates[2 * point + 1] / planeExtent) * 0.5 * height;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = colours[label];
      context.fill();
      context.stroke();
    });
  }
}

/**
 * The colour of the likeliest class, the paler the smaller its lead over the next. Logits are smooth where probabilities jump from 0
 * to 1, so it is they that are interpolated, and the border is a clean line however sure the network is.
 */
function paint({ side, classes, logits }: Plane): ImageData {
  const background = rgbOf(themeColour('plane'));
  const colours = classColours().map(rgbOf);
  const size = side * zoom;
  const image = new ImageData(size, size);
  const at = (pixel: number): { low: number; high: number; share: number } => {
    const place = Math.min(side - 1, Math.max(0, (pixel + 0.5) / zoom - 0.5));
    const low = Math.floor(place);
    return { low, high: Math.min(side - 1, low + 1), share: place - low };
  };
  const columns = Array.from({ length: size }, (_, pixel) => at(pixel));
  const mixed = new Float32Array(side * classes);
  for (let row = 0; row < size; row++) {
    const { low, high, share } = at(row);
    const width = side * classes;
    for (let i = 0; i < width; i++)
      mixed[i] = logits[low * width + i] * (1 - share) + logits[high * width + i] * share;
    for (let column = 0; column < size; column++) {
      const { low: left, high: right, share: toRight } = columns[column];
      let best = 0;
      let first = Number.NEGATIVE_INFINITY;
      let second = Number.NEGATIVE_INFINITY;
      for (let label = 0; label < classes; label++) {
        const logit =
          mixed[left * classes + label] * (1 - toRight) + mixed[right * classes + label] * toRight;
        if (logit > first) {
          second = first;
          first = logit;
          best = label;
        } else if (logit > second) second = logit;
      }
      const strength = 0.12 + 0.5 * Math.tanh((first - second) / 7);
      const pixel = (row * size + column) * 4;
      const colour = colours[best];
      for (let channel = 0; channel < 3; channel++) {
        image.data[pixel + channel] =
          background[channel] + (colour[channel] - background[channel]) * strength;
      }
      image.data[pixel + 3] = 255;
    }
  }
  return image;
}

const classColours = (): string[] => ['class-0', 'class-1', 'class-2'].map(themeColour);
