import type { Samples } from '../messages.ts';
import { context2d } from './dom.ts';

const imageSide = 28;

/** Paints 28 x 28 bytes of ink into a canvas of that size: opaque black where there is ink, nothing elsewhere. */
export function paintDigit(canvas: HTMLCanvasElement, ink: Uint8Array): void {
  const image = new ImageData(imageSide, imageSide);
  ink.forEach((value, at) => {
    image.data[4 * at + 3] = value;
  });
  context2d(canvas).putImageData(image, 0, 0);
}

/** Digits side by side, with what the network takes each for if that is wrong. */
export class SampleGrid {
  private cells: { cell: HTMLElement; guess: HTMLElement }[] = [];

  constructor(private readonly parent: HTMLElement) {}

  show({ images, labels, predicted }: Samples): void {
    if (this.cells.length !== labels.length) this.build(images, labels.length);
    this.cells.forEach(({ cell, guess }, at) => {
      const isRight = predicted[at] === labels[at];
      cell.classList.toggle('wrong', !isRight);
      guess.textContent = isRight ? '' : String(predicted[at]);
    });
  }

  private build(images: Uint8Array, count: number): void {
    const size = imageSide * imageSide;
    this.cells = Array.from({ length: count }, (_, at) => {
      const cell = document.createElement('span');
      const canvas = cell.appendChild(document.createElement('canvas'));
      canvas.width = imageSide;
      canvas.height = imageSide;
      paintDigit(canvas, images.subarray(at * size, (at + 1) * size));
      return { cell, guess: cell.appendChild(document.createElement('b')) };
    });
    this.parent.replaceChildren(...this.cells.map(({ cell }) => cell));
  }
}
