import { describe, expect, it } from 'vitest';
import { BrailleCanvas } from './braille.ts';

describe('BrailleCanvas', () => {
  it('has 2 × 4 dots in a cell', () => {
    const canvas = new BrailleCanvas(2, 1);
    canvas.dot(0, 0);
    canvas.dot(3, 3);
    expect(canvas.lines()).toEqual(['⠁⢀']);
  });
  it('fills a cell with all of its dots', () => {
    const canvas = new BrailleCanvas(1, 1);
    for (let x = 0; x < 2; x++) for (let y = 0; y < 4; y++) canvas.dot(x, y);
    expect(canvas.lines()).toEqual(['⣿']);
  });
  it('draws a line with both ends, and a dotted one with every second dot', () => {
    const solid = new BrailleCanvas(4, 1);
    solid.line(0, 3, 7, 3);
    expect(solid.lines()).toEqual(['⣀⣀⣀⣀']);
    const dotted = new BrailleCanvas(4, 1);
    dotted.line(0, 3, 7, 3, undefined, 2);
    expect(dotted.lines()).toEqual(['⡀⡀⡀⡀']);
  });
  it('ignores what lies outside', () => {
    const canvas = new BrailleCanvas(1, 1);
    canvas.dot(-1, 0);
    canvas.dot(2, 0);
    canvas.dot(0, 4);
    expect(canvas.lines()).toEqual([' ']);
  });
  it('colours the cells of a line alone', () => {
    const canvas = new BrailleCanvas(2, 1);
    canvas.dot(0, 0, (text) => `<${text}>`);
    expect(canvas.lines()).toEqual(['<⠁> ']);
  });
});
