/** Days and the ways people write them, in English and in Chinese. */

/** A day of the calendar; month and day from 1. */
export interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** A way to write a day. */
export type Spelling = (day: Day) => string;

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const units = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen'.split(
  ' ',
);
units.push('fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen');
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];
const irregular: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};
const digits = '〇一二三四五六七八九';

const twoDigits = (n: number): string => String(n).padStart(2, '0');

/** A number below 100: forty-two. */
function inWords(n: number): string {
  if (n < 20) return units[n];
  return n % 10 ? `${tens[Math.floor(n / 10)]}-${units[n % 10]}` : tens[n / 10];
}

/** A number below 100 that counts places: forty-second. */
function ordinal(n: number): string {
  const words = inWords(n).split('-');
  const last = words.pop()!;
  words.push(irregular[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`));
  return words.join('-');
}

/** 1st, 2nd, 3rd, 4th, 11th. */
function withSuffix(n: number): string {
  const isTeen = n > 10 && n < 20;
  return n + (isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th'));
}

/** A year in words: nineteen ninety-eight, nineteen oh five, two thousand and seven, twenty twelve. */
function yearInWords(year: number): string {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (century === 20 && rest < 10) return rest ? `two thousand and ${units[rest]}` : 'two thousand';
  if (rest < 10) return rest ? `${inWords(century)} oh ${units[rest]}` : `${inWords(century)} hundred`;
  return `${inWords(century)} ${inWords(rest)}`;
}

/** A number below 100 as Chinese counts: 三, 十二, 二十一. */
function inChinese(n: number): string {
  const [ten, unit] = [Math.floor(n / 10), n % 10];
  const head = ten === 0 ? '' : ten === 1 ? '十' : `${digits[ten]}十`;
  return head + (unit ? digits[unit] : '');
}

const digitByDigit = (text: string): string => Array.from(text, (digit) => digits[Number(digit)]).join('');

export const iso: Spelling = ({ year, month, day }) => `${year}-${twoDigits(month)}-${twoDigits(day)}`;

/** The first one is what a translation into English is compared with. Two digits of a year are those from 1950 to 2049. */
export const english: readonly Spelling[] = [
  ({ year, month, day }) => `the ${ordinal(day)} of ${months[month - 1]} ${year}`,
  ({ year, month, day }) => `${months[month - 1].slice(0, 3)} ${day}, ${twoDigits(year % 100)}`,
  ({ year, month, day }) => `${months[month - 1]} ${withSuffix(day)}, ${year}`,
  ({ year, month, day }) => `${day} ${months[month - 1].slice(0, 3)} '${twoDigits(year % 100)}`,
  ({ year, month, day }) => `${months[month - 1]} the ${ordinal(day)}, ${yearInWords(year)}`,
];

/** The first one is what a translation into Chinese is compared with. */
export const chinese: readonly Spelling[] = [
  ({ year, month, day }) => `${digitByDigit(String(year))}年${inChinese(month)}月${inChinese(day)}日`,
  ({ year, month, day }) => `${year}年${month}月${day}日`,
  ({ year, month, day }) =>
    `${digitByDigit(twoDigits(year % 100))}年${inChinese(month)}月${inChinese(day)}号`,
];

/** All days of the years from `first` to `last`. */
export function calendar(first: number, last: number): Day[] {
  const days: Day[] = [];
  for (let time = Date.UTC(first, 0, 1); time <= Date.UTC(last, 11, 31); time += 86_400_000) {
    const date = new Date(time);
    days.push({ year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() });
  }
  return days;
}
