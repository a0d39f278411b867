import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { optionalPackage } from '../data/optional.ts';
import { fontsFor } from './fonts.node.ts';
import type { Raster } from './raster.ts';

type Resvg = typeof import('@resvg/resvg-wasm');

const op = 'Picture.png';

const name = '@resvg/resvg-wasm';

/** Compiled once: 0.1 s. */
let loaded: Promise<Resvg> | undefined;

async function load(): Promise<Resvg> {
  const library = await optionalPackage<Resvg>(op, name);
  const path = createRequire(import.meta.url).resolve(`${name}/index_bg.wasm`);
  await library.initWasm(await readFile(path));
  return library;
}

/** Node draws with resvg as WebAssembly: one package for all platforms, and it reads the woff2 files in which fonts are published. */
export const raster: Raster = {
  async png(svg, { scale }) {
    loaded ??= load().catch((error) => {
      loaded = undefined;
      throw error;
    });
    const { Resvg } = await loaded;
    const drawn = new Resvg(svg, {
      fitTo: { mode: 'zoom', value: scale },
      font: { fontBuffers: await fontsFor(svg), defaultFontFamily: 'Cantarell' },
    });
    try {
      const image = drawn.render();
      try {
        return image.asPng();
      } finally {
        image.free();
      }
    } finally {
      drawn.free();
    }
  },
};
