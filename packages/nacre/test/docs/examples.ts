/**
 * Runs the examples of docstrings. A comment `// → value` says what the statement before it gives: numbers are compared to the digits shown,
 * tensors by their elements, promises by what they become; `// → throws Name: part of the message` expects an error.
 */
import { type ESTree, parseSync, transformWithOxc } from 'vite';
import * as datasets from '../../src/datasets/index.ts';
import * as nacre from '../../src/index.ts';
import * as models from '../../src/models/index.ts';
import * as plot from '../../src/plot/index.ts';
import * as terminal from '../../src/plot/terminal/index.ts';
import * as tune from '../../src/tune/index.ts';

export interface Example {
  readonly code: string;
  /** Marked ```ts no-run: shown, and never run. */
  readonly noRun: boolean;
}

const fence = /```ts( no-run)?\n([\s\S]*?)```/g;

/** The code blocks that follow `@example` in a docstring. */
export function examplesOf(doc: string): Example[] {
  const at = doc.indexOf('@example');
  if (at < 0) return [];
  return [...doc.slice(at).matchAll(fence)].map(([, noRun, code]) => ({ code, noRun: noRun !== undefined }));
}

const modules: Readonly<Record<string, object>> = {
  nacre,
  'nacre/datasets': datasets,
  'nacre/models': models,
  'nacre/plot': plot,
  'nacre/terminal': terminal,
  'nacre/tune': tune,
};

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Node = ESTree.Node;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && 'start' in value;

/** Every statement that can carry a comment, with those of inner blocks. */
function statementsOf(node: Node): (ESTree.ExpressionStatement | ESTree.VariableDeclaration)[] {
  const inner = Object.values(node).flat().filter(isNode).flatMap(statementsOf);
  return node.type === 'ExpressionStatement' || node.type === 'VariableDeclaration'
    ? [...inner, node]
    : inner;
}

/** The import as a destructuring of what stands behind it. */
function imported(node: ESTree.ImportDeclaration): string {
  const source = node.source.value;
  if (!(source in modules)) throw new Error(`an example imports ${source}; only nacre is at hand`);
  const parts = node.specifiers.map((specifier) => {
    if (specifier.type !== 'ImportSpecifier' || specifier.imported.type !== 'Identifier')
      throw new Error(`an example imports by name, as in import { tensor } from '${source}'`);
    const { imported, local } = specifier;
    if (specifier.importKind === 'type' || node.importKind === 'type') return '';
    if (!(imported.name in modules[source])) throw new Error(`${source} exports no ${imported.name}`);
    return imported.name === local.name ? local.name : `${imported.name}: ${local.name}`;
  });
  return `const { ${parts.filter(Boolean).join(', ')} } = modules['${source}'];`;
}

/** The code in which every `// →` is a call of `check`, and what each expects. */
function instrumented(code: string): { readonly code: string; readonly expected: readonly string[] } {
  const { program, comments, errors } = parseSync('example.ts', code);
  if (errors.length > 0) throw new SyntaxError(`${errors[0].message}\n${code}`);
  const statements = statementsOf(program).filter(({ end }) => end > 0);
  const expected: string[] = [];
  const edits: Edit[] = program.body
    .filter((node) => node.type === 'ImportDeclaration')
    .map((node) => ({ start: node.start, end: node.end, text: imported(node) }));
  for (const comment of comments) {
    if (!comment.value.startsWith(' → ')) continue;
    const statement = statements
      .filter(({ end }) => end <= comment.start)
      .reduce<(typeof statements)[number] | undefined>((a, b) => (a && a.end >= b.end ? a : b), undefined);
    if (!statement || code.slice(statement.end, comment.start).trim() !== '')
      throw new SyntaxError(`no statement stands before ${comment.value}`);
    const index = expected.push(comment.value.slice(3).trim()) - 1;
    if (statement.type === 'ExpressionStatement') {
      const { start, end } = statement.expression;
      const call = `await check(async () => (${code.slice(start, end)}), ${index});`;
      edits.push({ start: statement.start, end: statement.end, text: call });
    } else {
      const { start, end } = statement.declarations.at(-1)!.id;
      const call = ` await check(async () => (${code.slice(start, end)}), ${index});`;
      edits.push({ start: statement.end, end: statement.end, text: call });
    }
  }
  edits.sort((a, b) => b.start - a.start);
  let text = code;
  for (const { start, end, text: inserted } of edits)
    text = text.slice(0, start) + inserted + text.slice(end);
  return { code: text, expected };
}

type Check = (value: () => Promise<unknown>, index: number) => Promise<void>;
type Body = (modules: object, check: Check) => Promise<void>;
const AsyncFunction = (async () => {}).constructor as new (...parts: string[]) => Body;

/** Runs an example and returns how many of its comments were compared; throws where one does not hold. */
export async function runExample({ code }: Example): Promise<number> {
  const { code: typed, expected } = instrumented(code);
  const { code: plain } = await transformWithOxc(typed, 'example.ts');
  let compared = 0;
  const check: Check = async (value, index) => {
    await compare(value, expected[index]);
    compared++;
  };
  await new AsyncFunction('modules', 'check', plain)(modules, check);
  return compared;
}

async function compare(value: () => Promise<unknown>, expected: string): Promise<void> {
  const error = /^throws (\w+)(?:: (.*))?$/.exec(expected);
  if (error) {
    const [, name, part = ''] = error;
    const thrown = await value().then(
      async (given) => `nothing, but gave ${show(await plainOf(given))}`,
      (reason: unknown) => reason,
    );
    const fits = thrown instanceof Error && thrown.name === name && thrown.message.includes(part);
    if (!fits) throw new Error(`expected ${expected}, it threw ${String(thrown)}`);
    return;
  }
  const actual = await plainOf(await value());
  const { program, errors } = parseSync('expected.ts', `(${expected});`);
  const statement = program.body[0];
  if (errors.length > 0 || statement?.type !== 'ExpressionStatement')
    throw new SyntaxError(`// → ${expected} is no value`);
  if (!agrees(statement.expression, actual)) throw new Error(`expected ${expected}, got ${show(actual)}`);
}

/** Tensors and typed arrays as lists, and whatever holds them. */
async function plainOf(value: unknown): Promise<unknown> {
  const tensor = value instanceof nacre.Parameter || value instanceof nacre.State ? value.value : value;
  if (tensor instanceof nacre.Tensor) return await tensor.tolist();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...(value as Uint8Array)];
  if (Array.isArray(value)) return await Promise.all(value.map(plainOf));
  if (value instanceof Map) return await plainOf(Object.fromEntries(value));
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).map(async ([key, part]) => [key, await plainOf(part)] as const);
    return Object.fromEntries(await Promise.all(entries));
  }
  return value;
}

const show = (value: unknown): string =>
  typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));

/** Half a unit of the last digit shown; a whole number allows for the rounding of float32 alone. */
function tolerance(shown: string, value: number): number {
  const [, decimals = '', exponent = '0'] = /^[\d_]*\.?(\d*)(?:e([+-]?\d+))?$/i.exec(shown) ?? [];
  const rounding = 1e-6 * Math.max(1, Math.abs(value));
  return decimals.length === 0 ? rounding : 0.5 * 10 ** (Number(exponent) - decimals.length) + rounding;
}

function agrees(expected: ESTree.Node, actual: unknown): boolean {
  switch (expected.type) {
    case 'ParenthesizedExpression':
      return agrees(expected.expression, actual);
    case 'Literal':
      if (typeof expected.value !== 'number' || typeof actual !== 'number') return expected.value === actual;
      return Math.abs(expected.value - actual) <= tolerance(expected.raw ?? '', expected.value);
    case 'UnaryExpression':
      return expected.operator === '-' && typeof actual === 'number' && agrees(expected.argument, 0 - actual);
    case 'Identifier':
      if (expected.name === 'NaN') return Number.isNaN(actual);
      if (expected.name === 'Infinity') return actual === Infinity;
      return expected.name === 'undefined' && actual === undefined;
    case 'ArrayExpression':
      return (
        Array.isArray(actual) &&
        actual.length === expected.elements.length &&
        expected.elements.every((element, i) => element !== null && agrees(element, actual[i]))
      );
    case 'ObjectExpression':
      return (
        typeof actual === 'object' &&
        actual !== null &&
        expected.properties.length === Object.keys(actual).length &&
        expected.properties.every((property) => {
          if (property.type !== 'Property') return false;
          const { key, value } = property;
          const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : '';
          return name in actual && agrees(value, (actual as Record<string, unknown>)[name]);
        })
      );
    default:
      throw new SyntaxError(`cannot compare with ${expected.type}`);
  }
}
