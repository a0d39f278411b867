/**
 * Arithmetic on sizes, digit by digit as on paper, on strings whose first digit is the ones. A product of sizes
 * costs a few dozen type instantiations, whatever its value. A result above 2^53 is `number`.
 */
import type { Shape } from './shape.ts';

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

/** Each digit as a tuple of that length: lengths of spread tuples add, and matching a prefix subtracts. */
interface Unary {
  '0': [];
  '1': [1];
  '2': [1, 1];
  '3': [1, 1, 1];
  '4': [1, 1, 1, 1];
  '5': [1, 1, 1, 1, 1];
  '6': [1, 1, 1, 1, 1, 1];
  '7': [1, 1, 1, 1, 1, 1, 1];
  '8': [1, 1, 1, 1, 1, 1, 1, 1];
  '9': [1, 1, 1, 1, 1, 1, 1, 1, 1];
}

type Ten = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1];

/** Products of two digits, tens first. */
interface Products {
  '0': ['00', '00', '00', '00', '00', '00', '00', '00', '00', '00'];
  '1': ['00', '01', '02', '03', '04', '05', '06', '07', '08', '09'];
  '2': ['00', '02', '04', '06', '08', '10', '12', '14', '16', '18'];
  '3': ['00', '03', '06', '09', '12', '15', '18', '21', '24', '27'];
  '4': ['00', '04', '08', '12', '16', '20', '24', '28', '32', '36'];
  '5': ['00', '05', '10', '15', '20', '25', '30', '35', '40', '45'];
  '6': ['00', '06', '12', '18', '24', '30', '36', '42', '48', '54'];
  '7': ['00', '07', '14', '21', '28', '35', '42', '49', '56', '63'];
  '8': ['00', '08', '16', '24', '32', '40', '48', '56', '64', '72'];
  '9': ['00', '09', '18', '27', '36', '45', '54', '63', '72', '81'];
}

type Reverse<Text extends string, Out extends string = ''> = Text extends `${infer Head}${infer Tail}`
  ? Reverse<Tail, `${Head}${Out}`>
  : Out;

/** A size as digits, ones first; `never` for `number` and for what is no size (negative, fractional, above 1e21). */
type ToDigits<Size extends number> = number extends Size
  ? never
  : `${Size}` extends `-${string}` | `${string}.${string}` | `${string}e${string}`
    ? never
    : Reverse<`${Size}`>;

type StripZeros<Text extends string> = Text extends `0${infer Tail}`
  ? Tail extends ''
    ? '0'
    : StripZeros<Tail>
  : Text;

/** Back to a number type. TypeScript gives `number` by itself where the digits exceed what a double holds. */
type FromDigits<Digits extends string> = [Digits] extends [never]
  ? number
  : StripZeros<Reverse<Digits>> extends `${infer Size extends number}`
    ? Size
    : number;

type AddDigits<
  A extends string,
  B extends string,
  Carry extends 1[] = [],
  Out extends string = '',
> = A extends `${infer HeadA extends Digit}${infer TailA}`
  ? B extends `${infer HeadB extends Digit}${infer TailB}`
    ? `${[...Unary[HeadA], ...Unary[HeadB], ...Carry]['length'] & number}` extends infer Total extends string
      ? Total extends `1${infer Ones extends Digit}`
        ? AddDigits<TailA, TailB, [1], `${Out}${Ones}`>
        : AddDigits<TailA, TailB, [], `${Out}${Total}`>
      : never
    : Carry extends []
      ? `${Out}${A}`
      : AddDigits<A, '1', [], Out>
  : Carry extends []
    ? `${Out}${B}`
    : B extends ''
      ? `${Out}1`
      : AddDigits<B, '1', [], Out>;

/** `A` times one digit: the ones of all digit products, plus their tens shifted by one place. */
type ScaleDigits<
  A extends string,
  By extends Digit,
  Ones extends string = '',
  Tens extends string = '0',
> = A extends `${infer Head extends Digit}${infer Tail}`
  ? Products[By][Head] extends `${infer High extends Digit}${infer Low extends Digit}`
    ? ScaleDigits<Tail, By, `${Ones}${Low}`, `${Tens}${High}`>
    : never
  : AddDigits<Ones, Tens>;

type MultiplyDigits<
  A extends string,
  B extends string,
  Shift extends string = '',
  Out extends string = '0',
> = B extends `${infer Head extends Digit}${infer Tail}`
  ? MultiplyDigits<A, Tail, `${Shift}0`, AddDigits<Out, `${Shift}${ScaleDigits<A, Head>}`>>
  : Out;

/** `A - B`, or `never` where that is negative; `B` has no leading zeros. */
type SubtractDigits<
  A extends string,
  B extends string,
  Borrow extends 1[] = [],
  Out extends string = '',
> = A extends `${infer HeadA extends Digit}${infer TailA}`
  ? B extends `${infer HeadB extends Digit}${infer TailB}`
    ? SubtractStep<HeadA, TailA, [...Unary[HeadB], ...Borrow], TailB, Out>
    : Borrow extends []
      ? `${Out}${A}`
      : SubtractStep<HeadA, TailA, Borrow, '', Out>
  : B extends ''
    ? Borrow extends []
      ? Out
      : never
    : never;

type SubtractStep<
  HeadA extends Digit,
  TailA extends string,
  Taken extends 1[],
  TailB extends string,
  Out extends string,
> = Unary[HeadA] extends [...Taken, ...infer Rest]
  ? SubtractDigits<TailA, TailB, [], `${Out}${Rest['length'] & number}`>
  : [...Ten, ...Unary[HeadA]] extends [...Taken, ...infer Rest]
    ? SubtractDigits<TailA, TailB, [1], `${Out}${Rest['length'] & number}`>
    : never;

/** How often `B` can be taken from `Rest`, and what is left. */
type TakeOften<Rest extends string, B extends string, Count extends 1[] = []> =
  SubtractDigits<Rest, B> extends infer Less extends string
    ? [Less] extends [never]
      ? [Count['length'], Rest]
      : TakeOften<Less, B, [...Count, 1]>
    : never;

/** Long division: `A` is read from its highest digit down, `Rest` is what remains so far. */
type DivideDigits<
  HighestFirst extends string,
  B extends string,
  Rest extends string = '',
  Out extends string = '',
> = HighestFirst extends `${infer Head extends Digit}${infer Tail}`
  ? TakeOften<`${Head}${Rest}`, B> extends [infer Count extends number, infer Left extends string]
    ? DivideDigits<Tail, B, Left, `${Count}${Out}`>
    : never
  : StripZeros<Reverse<Rest>> extends '0'
    ? Out
    : never;

/** `A + B`; `number` where either is. */
export type Sum<A extends number, B extends number> = [ToDigits<A>] extends [never]
  ? number
  : [ToDigits<B>] extends [never]
    ? number
    : FromDigits<AddDigits<ToDigits<A>, ToDigits<B>>>;

/** `A / B`; `never` where it leaves a remainder, `number` where either is `number` or `B` is zero. */
export type Quotient<A extends number, B extends number> = [ToDigits<A>] extends [never]
  ? number
  : [ToDigits<B>] extends [never]
    ? number
    : B extends 0
      ? number
      : DivideDigits<`${A}`, ToDigits<B>> extends infer Digits extends string
        ? [Digits] extends [never]
          ? never
          : FromDigits<Digits>
        : never;

/** The number of elements of a shape; `number` where a size or the rank is unknown. */
export type Product<S extends Shape> = number extends S['length'] ? number : FromDigits<ProductDigits<S>>;

type ProductDigits<S extends Shape, Out extends string = '1'> = S extends readonly [
  infer Head extends number,
  ...infer Tail extends Shape,
]
  ? [ToDigits<Head>] extends [never]
    ? never
    : ProductDigits<Tail, Head extends 1 ? Out : MultiplyDigits<Out, ToDigits<Head>>>
  : Out;
