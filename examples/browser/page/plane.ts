import { type Plane, type PointsReady, planeExtent } from '../messages.ts';
import { context2d, fitCanvas, rgbOf, themeColour } from './dom.ts';

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
      this.paint(this.plane);
      context.imageSmoothingEnabled = true;
      context.imageSmoothingQuality = 'high';
      context.drawImage(this.small, 0, 0, width, height);
    }
    if (!this.points) return;
    const { coordinates, labels } = this.points;
    const radius = Math.max(2.5, width / 150);
    const colours = classColours();
    context.lineWidth = 1;
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

  /** One pixel a place: the colour of the likeliest class, the paler the less sure the network is. */
  private paint({ side, classes, probabilities }: Plane): void {
    const background = rgbOf(themeColour('plane'));
    const colours = classColours().map(rgbOf);
    const image = new ImageData(side, side);
    for (let place = 0; place < side * side; place++) {
      const own = probabilities.subarray(place * classes, (place + 1) * classes);
      const most = Math.max(...own);
      const sureness = (most - 1 / classes) / (1 - 1 / classes);
      const colour = colours[own.indexOf(most)];
      const strength = 0.62 * sureness ** 0.8;
      for (let channel = 0; channel < 3; channel++) {
        image.data[place * 4 + channel] =
          background[channel] + (colour[channel] - background[channel]) * strength;
      }
      image.data[place * 4 + 3] = 255;
    }
    this.small.width = side;
    this.small.height = side;
    context2d(this.small).putImageData(image, 0, 0);
  }
}

const classColours = (): string[] => ['class-0', 'class-1', 'class-2'].map(themeColour);
