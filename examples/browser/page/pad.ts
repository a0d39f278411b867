/** Pixels on a side of the drawing, whatever its size on the screen. */
const side = 280;
/** Strokes of MNIST are about a tenth of the digit wide. */
const penWidth = 22;

/** How much ink each pixel has, 0 to 255, row by row. */
export interface Drawing {
  readonly ink: Uint8Array<ArrayBuffer>;
  readonly side: number;
}

/** A square to draw a digit in, with a mouse, a pen or a finger. */
export class DrawingPad {
  private readonly context: CanvasRenderingContext2D;
  private last: { x: number; y: number } | null = null;
  private isTold = true;

  /** @param onChange is told what is drawn when that changes, at most once a frame. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly onChange: (drawing: Drawing) => void,
  ) {
    canvas.width = side;
    canvas.height = side;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (!context) throw new Error('this browser draws no canvas');
    this.context = context;
    canvas.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      this.last = this.placeOf(event);
      this.lineTo(this.last);
    });
    canvas.addEventListener('pointermove', (event) => {
      if (!this.last) return;
      // A fast pen was at several places since the last frame.
      for (const part of event.getCoalescedEvents()) this.lineTo(this.placeOf(part));
      this.lineTo(this.placeOf(event));
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

  private placeOf({ clientX, clientY }: PointerEvent): { x: number; y: number } {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    return { x: ((clientX - left) / width) * side, y: ((clientY - top) / height) * side };
  }

  private lineTo(to: { x: number; y: number }): void {
    const { context } = this;
    const from = this.last ?? to;
    context.lineWidth = penWidth;
    context.lineCap = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y);
    context.stroke();
    this.last = to;
    this.tell();
  }

  private tell(): void {
    if (!this.isTold) return;
    this.isTold = false;
    requestAnimationFrame(() => {
      this.isTold = true;
      const { data } = this.context.getImageData(0, 0, side, side);
      this.onChange({ ink: Uint8Array.from({ length: side * side }, (_, at) => data[4 * at + 3]), side });
    });
  }
}
