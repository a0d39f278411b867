/**
 * A whole number with a comma between thousands: `60,000`.
 *
 * @example
 * ```ts
 * import { showCount } from 'nacre/terminal';
 * showCount(60_000); // → '60,000'
 * ```
 */
export const showCount = (count: number): string =>
  String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');

/**
 * `97.31 %`.
 *
 * @example
 * ```ts
 * import { showPercent } from 'nacre/terminal';
 * showPercent(0.9731); // → '97.31 %'
 * ```
 */
export const showPercent = (fraction: number, digits = 2): string => `${(fraction * 100).toFixed(digits)} %`;

/**
 * A loss or an accuracy: four digits after the point, exponents where those would say nothing.
 *
 * @example
 * ```ts
 * import { showMetric } from 'nacre/terminal';
 * showMetric(0.25); // → '0.2500'
 * ```
 */
export function showMetric(value: number): string {
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value)) return String(value);
  return magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e5)
    ? value.toExponential(2)
    : value.toFixed(4);
}

/** What stands for a time that is not known yet. */
const unknownTime = '–';

const isTime = (seconds: number): boolean => seconds >= 0 && Number.isFinite(seconds);

const twoDigits = (value: number): string =>
  value < 9.95 ? value.toPrecision(2) : String(Math.round(value));

/**
 * Seconds in the unit that suits them: `92 µs`, `1.2 ms`, `0.43 s`, `12 s`, and from a minute on `1:05` or `1:02:03`.
 *
 * @example
 * ```ts
 * import { showDuration } from 'nacre/terminal';
 * showDuration(0.0012); // → '1.2 ms'
 * ```
 */
export function showDuration(seconds: number): string {
  if (!isTime(seconds)) return unknownTime;
  if (seconds < 999.5e-6) return `${twoDigits(seconds * 1e6)} µs`;
  if (seconds < 99.5e-3) return `${twoDigits(seconds * 1e3)} ms`;
  return seconds < 59.5 ? `${twoDigits(seconds)} s` : showClock(seconds);
}

/**
 * Seconds as a clock shows them: `0:07`, `1:05`, `1:02:03`.
 *
 * @example
 * ```ts
 * import { showClock } from 'nacre/terminal';
 * showClock(65); // → '1:05'
 * ```
 */
export function showClock(seconds: number): string {
  if (!isTime(seconds)) return unknownTime;
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/**
 * A size of a file: `434 kB`, `12 MB`.
 *
 * @example
 * ```ts
 * import { showBytes } from 'nacre/terminal';
 * showBytes(434_000); // → '434 kB'
 * ```
 */
export function showBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 999_500) return `${twoDigits(bytes / 1e3)} kB`;
  return bytes < 999.5e6 ? `${twoDigits(bytes / 1e6)} MB` : `${twoDigits(bytes / 1e9)} GB`;
}
