/**
 * Okabe and Ito's colours, told apart by the colour-blind too, blue and orange first, as most pictures have two lines; and two of Tol's, for ten
 * digits need ten.
 */
export const seriesColours = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#d55e00',
  '#56b4e9',
  '#6b6b00',
  '#000000',
  '#999999',
  '#882255',
] as const;

/** The colour of a class or curve; they repeat after the tenth. */
export const colourOf = (index: number): string => seriesColours[index % seriesColours.length];

/** From little to much: white to dark blue. Lightness falls evenly, so that it reads in grey too. */
export const sequential = ['#ffffff', '#d3e5f5', '#7fb2dd', '#2b7bba', '#08306b'] as const;

/** From negative over nothing to positive: orange, white, blue. */
export const diverging = ['#a04000', '#e69f00', '#ffffff', '#56b4e9', '#004a80'] as const;

/** What is right, and what is wrong: blue and vermilion, which the colour-blind tell apart as they do not green and red. */
export const verdict = { right: '#0072b2', wrong: '#d55e00' } as const;

type Rgb = readonly [red: number, green: number, blue: number];

export const rgbOf = (hex: string): Rgb => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
];

/** The colour at a fraction of a scale of colours, from 0 to 1, as bytes. */
export function colourAt(scale: readonly string[], fraction: number): Rgb {
  const place = Math.min(1, Math.max(0, fraction)) * (scale.length - 1);
  const below = Math.min(Math.floor(place), scale.length - 2);
  const [from, to] = [rgbOf(scale[below]), rgbOf(scale[below + 1])];
  const mix = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (place - below));
  return [mix(0), mix(1), mix(2)];
}

export const hexOf = (rgb: Rgb): string =>
  `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;

/** Black or white, whichever reads better on a colour (relative luminance of WCAG 2, without its gamma). */
export const inkOn = ([red, green, blue]: Rgb): string =>
  0.2126 * red + 0.7152 * green + 0.0722 * blue > 140 ? '#000000' : '#ffffff';
