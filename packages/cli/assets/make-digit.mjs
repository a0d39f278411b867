// Draws digit.png, the picture that `nacre start` reads: a 3 as a felt-tip pen writes it, on slightly shaded paper.
// Run `node packages/cli/assets/make-digit.mjs` to make it again; the same file comes out every time.
import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const width = 400;
const height = 300;

/** Points the pen passes through, in pixels; speed and pressure follow from how far they lie apart. */
const stroke = [
  [158, 92],
  [176, 70],
  [206, 62],
  [233, 76],
  [236, 104],
  [216, 128],
  [188, 139],
  [222, 146],
  [247, 169],
  [246, 204],
  [220, 230],
  [184, 235],
  [155, 220],
];

/** A small generator of numbers in [0, 1), so that the shaking hand shakes the same way each time (mulberry32). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A point of the Catmull-Rom curve between `points[index]` and the next one, `t` from 0 to 1. */
function curvePoint(points, index, t) {
  const [a, b, c, d] = [-1, 0, 1, 2].map(
    (step) => points[Math.min(points.length - 1, Math.max(0, index + step))],
  );
  return [0, 1].map((axis) => {
    const tangentB = (c[axis] - a[axis]) / 2;
    const tangentC = (d[axis] - b[axis]) / 2;
    const t2 = t * t;
    const t3 = t2 * t;
    return (
      (2 * t3 - 3 * t2 + 1) * b[axis] +
      (t3 - 2 * t2 + t) * tangentB +
      (-2 * t3 + 3 * t2) * c[axis] +
      (t3 - t2) * tangentC
    );
  });
}

/** Ink on every pixel, 0 to 1: the pen leaves a round dot, slightly thicker or thinner as it goes. */
function drawInk() {
  const random = generator(3);
  const ink = new Float64Array(width * height);
  let wobble = 0;
  for (let index = 0; index + 1 < stroke.length; index++) {
    for (let t = 0; t < 1; t += 0.02) {
      wobble = 0.95 * wobble + 0.5 * (random() - 0.5);
      const [x, y] = curvePoint(stroke, index, t).map((coordinate) => coordinate + wobble);
      const along = (index + t) / (stroke.length - 1);
      const radius = 9.5 - 2.5 * along ** 3 + wobble;
      const reach = Math.ceil(radius + 1);
      for (let row = Math.floor(y) - reach; row <= y + reach; row++) {
        for (let column = Math.floor(x) - reach; column <= x + reach; column++) {
          const coverage = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(column - x, row - y)));
          const at = row * width + column;
          ink[at] = Math.max(ink[at], coverage);
        }
      }
    }
  }
  return ink;
}

/** Dark blue ink over warm paper that gets darker away from the lamp at the upper left. */
function paint(ink) {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const shade = 1 - 0.12 * Math.hypot(x / width, y / height);
      const paper = [250, 246, 235].map((channel) => channel * shade);
      [34, 40, 84].forEach((pen, channel) => {
        pixels[at * 3 + channel] = Math.round(paper[channel] + (pen - paper[channel]) * ink[at]);
      });
    }
  }
  return pixels;
}

/** The smallest PNG encoder: 8 bits of RGB, every line stored as its difference to the pixel on its left. */
function encodePng(pixels) {
  const chunk = (type, body) => {
    const bytes = Buffer.alloc(12 + body.length);
    bytes.writeUInt32BE(body.length, 0);
    bytes.write(type, 4, 'latin1');
    body.copy(bytes, 8);
    bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + body.length)), 8 + body.length);
    return bytes;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y++) {
    const start = y * (1 + width * 3);
    lines[start] = 1;
    for (let index = 0; index < width * 3; index++) {
      const left = index >= 3 ? pixels[y * width * 3 + index - 3] : 0;
      lines[start + 1 + index] = (pixels[y * width * 3 + index] - left) & 255;
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

writeFileSync(new URL('digit.png', import.meta.url), encodePng(paint(drawInk())));
