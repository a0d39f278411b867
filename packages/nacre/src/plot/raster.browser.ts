import { DataError } from '../base/errors.ts';
import type { Raster } from './raster.ts';

const op = 'Picture.png';

/** A page draws the picture on a canvas, in the fonts it has; a worker cannot read SVG. */
export const raster: Raster = {
  async png(svg, { width, height, scale }) {
    if (typeof document === 'undefined' || typeof Image === 'undefined') {
      throw new DataError('a worker cannot turn SVG into PNG', {
        op,
        hint: 'Send the text of svg() to the page, and show it or call png() there',
      });
    }
    const url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
    try {
      const image = new Image();
      image.src = url;
      await image.decode();
      const canvas = document.createElement('canvas');
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
      canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
      if (!blob)
        throw new DataError('the page made no PNG of its canvas', { op, hint: 'Try a smaller scale' });
      return new Uint8Array(await blob.arrayBuffer());
    } finally {
      URL.revokeObjectURL(url);
    }
  },
};
