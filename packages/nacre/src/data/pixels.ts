/** A picture as image decoders give it: rows from the top, channels side by side. */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is not premultiplied. */
  readonly channels: 1 | 2 | 3 | 4;
}
