export interface RasterOptions {
  /** Of the SVG picture, in pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the file for each of the picture's. */
  readonly scale: number;
}

/** What turns SVG into PNG. `import { raster } from '#raster'` gives the one of the platform. */
export interface Raster {
  png(svg: string, options: RasterOptions): Promise<Uint8Array>;
}
