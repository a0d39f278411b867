import { context2d, themeColour } from './dom.ts';

/** Pixels on a side of the drawing, whatever its size on the screen. */
const side = 280;
/** Strokes of MNIST are about a tenth of the digit wide. */
const pen = 22;

/** A square to draw a digit in, with a mouse, a pen or a finger. */
export class DrawingPad {
  private readonly context: CanvasRenderingContext2D;
  private last: { x: number; y: number } | null = null;

  /** @param onChange is told after every stroke of the pen, at most once for a frame. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly onChange: (drawing: ImageData) => void,
  ) {
    canvas.width = side;
    canvas.height = side;
    this.context = context2d(canvas);
    canvas.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      this.last = this.place(event);
      this.lineTo(this.last);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.last) return;
      // A fast pen has been at several places since the last frame.
      for (const part of event.getCoalescedEvents()) this.lineTo(this.place(part));
      this.lineTo(this.place(event));
    });
    for (const end of ['pointerup', 'pointercancel'] as const) {
      canvas.addEventListener(end, () => {
        this.last = null;
      });
    }
  }

  clear(): void {
    this.context.clearRect(0, 0, side, side);
  }

  private place({ clientX, clientY }: PointerEvent): { x: number; y: number } {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: ((clientX - left) / width) * side, y: ((clientY - top) / height) * side };
  }

  private lineTo(to: { x: number; y: number }): void {
    const { context } = this;
    const from = this.last ?? to;
    context.strokeStyle = themeColour('ink');
    context.lineWidth = pen;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    this.last = to;
    this.onChange(context.getImageData(0, 0, side, side));
  }
}
