/** The Markdown pages of the reference: one for each topic, and an index in English and one in Chinese. */
import { join, relative } from 'node:path';
import { type Declaration, type PublicName, publicNames } from './reader.ts';
import {
  baseOf,
  constructorDocOf,
  fieldsOf,
  membersOf,
  type Option,
  optionsOf,
  signaturesOf,
  undocumentedMethods,
} from './signature.ts';
import { type Bilingual, parts, type Topic, topicOf, topics } from './topics.ts';

/** What a docstring is made of. */
export interface Docstring {
  readonly text: string;
  readonly formula: string;
  readonly shapes: string;
  /** `@param`, `@throws` and `@returns`, each as a line. */
  readonly tags: readonly string[];
  readonly example: string;
}

const both = ({ en, zh }: Bilingual): string => `${en} · ${zh}`;

const labels = {
  formula: 'Formula · 公式',
  shapes: 'Shapes · 形状',
  options: 'Options · 选项',
  members: 'Members · 成员',
  methods: 'Methods as the functions of their names · 与同名函数相同的方法',
  fields: 'Fields · 字段',
  example: 'Example · 示例',
  extends: 'Extends · 继承',
  also: 'Also exported as · 别名',
  source: 'Source · 源码',
  types: 'Types · 类型',
} as const;

const joined = (text: string): string => text.replace(/\s*\n\s*/g, ' ').trim();

/** A docstring by its parts. `Formula:` and `Shapes:` begin paragraphs, and each tag ends with its paragraph. */
export function docstringOf(doc: string): Docstring {
  const at = doc.search(/^@example$/m);
  const prose = at < 0 ? doc : doc.slice(0, at);
  const paragraphs = prose
    .split(/\n{2,}|\n(?=@(?:param|throws|returns)\b)/)
    .map((paragraph) => paragraph.trim())
    .filter(Boolean);
  const labelled = (label: string): string =>
    joined(paragraphs.find((paragraph) => paragraph.startsWith(label))?.slice(label.length) ?? '');
  return {
    text: paragraphs.filter((paragraph) => !/^(Formula: |Shapes: |@)/.test(paragraph)).join('\n\n'),
    formula: labelled('Formula: '),
    shapes: labelled('Shapes: '),
    tags: paragraphs.filter((paragraph) => paragraph.startsWith('@')).map(joined),
    example: at < 0 ? '' : doc.slice(at + '@example'.length).trim(),
  };
}

/** Text in which nothing is taken for HTML; code stays as it is. */
const escaped = (text: string): string =>
  text
    .split(/(```[\s\S]*?```|`[^`\n]*`)/)
    .map((piece, i) => (i % 2 === 1 ? piece : piece.replace(/</g, '&lt;').replace(/\*/g, '\\*')))
    .join('');

const code = (text: string): string => (text.includes('`') ? escaped(text) : `\`${text}\``);

const tagText = (tag: string): string => {
  const [, name, rest] = /^@(\w+) ([\s\S]*)$/.exec(tag) ?? ['', '', tag];
  if (name === 'param') return escaped(rest.replace(/^(\w+) /, '`$1`: '));
  return `${name === 'throws' ? 'Throws' : 'Gives'} ${escaped(rest)}`;
};

const optionLine = ({ name, type, doc }: Option): string =>
  `- ${code(`${name}: ${type}`)}${doc ? `: ${escaped(joined(doc))}` : ''}`;

/** A place on a page that keeps its name, whatever makes HTML of it. */
export const anchorOf = (name: string): string => name.replace(/\./g, '-');

/** One entry of a page: a declaration under its first name, and the others. */
export interface Entry {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly declaration: Declaration;
  readonly topic: Topic;
}

export interface Reference {
  readonly entries: readonly Entry[];
  /** The text of each page by its file's name. */
  readonly pages: ReadonlyMap<string, string>;
}

/** Whether a declaration's own options hold all of an interface's. */
function takes(declaration: Declaration, options: Declaration): boolean {
  const names = new Set(optionsOf(declaration).map(({ name }) => name));
  const fields = fieldsOf(options);
  return fields.length > 0 && fields.every(({ name }) => names.has(name));
}

const isType = ({ kind }: Declaration): boolean => kind === 'interface' || kind === 'type';

function entriesOf(source: string, names: readonly PublicName[]): Entry[] {
  const known = new Map<Declaration, string[]>();
  for (const { name, declaration } of names) {
    const before = known.get(declaration) ?? [];
    // A name of its own comes before one inside a namespace.
    const goesFirst = !name.includes('.') && (before[0]?.includes('.') ?? false);
    known.set(declaration, goesFirst ? [name, ...before] : [...before, name]);
  }
  return [...known].map(([declaration, [name, ...aliases]]) => {
    const file = relative(source, declaration.module.file).replaceAll('\\', '/');
    const topic = topicOf(name, file);
    if (!topic) throw new Error(`no page of docs/generator/topics.ts has ${name} of ${file}`);
    return { name, aliases, declaration, topic };
  });
}

/** The names of `nacre` and of what stands beside it: `nacre/datasets`, `nacre/models`, `nacre/tune`. */
export const libraryNames = (source: string): PublicName[] =>
  [
    'index.ts',
    'datasets/index.ts',
    'models/index.ts',
    'plot/index.ts',
    'plot/terminal/index.ts',
    'tune/index.ts',
  ].flatMap((file) => publicNames(join(source, file)));

/** The whole reference of the library whose sources are in the folder `source`; links to sources begin with `sourceLink`. */
export function reference(source: string, sourceLink: string): Reference {
  const entries = entriesOf(source, libraryNames(source));
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const byDeclaration = new Map(entries.map((entry) => [entry.declaration, entry]));

  const linkTo = (entry: Entry, from: Topic): string =>
    `[${entry.name}](${entry.topic === from ? '' : `${entry.topic.id}.md`}#${anchorOf(entry.name)})`;

  const section = (entry: Entry): string => {
    const { name, aliases, declaration, topic } = entry;
    const { text, formula, shapes, tags, example } = docstringOf(declaration.doc);
    const made = docstringOf(constructorDocOf(declaration));
    const base = baseOf(declaration);
    const baseEntry = base && byDeclaration.get(base);
    const file = relative(source, declaration.module.file).replaceAll('\\', '/');
    const signatures = signaturesOf(name, declaration);
    const options = optionsOf(declaration);
    const members = membersOf(declaration);
    const methods = [...new Set(undocumentedMethods(declaration))].flatMap(
      (method) => byName.get(method) ?? [],
    );
    const blocks = [
      `<a id="${anchorOf(name)}"></a>`,
      `## ${name}`,
      signatures.length > 0 ? `\`\`\`ts\n${signatures.join('\n')}\n\`\`\`` : '',
      escaped([text, made.text].filter(Boolean).join('\n\n')),
      formula && `**${labels.formula}:** ${code(formula)}`,
      shapes && `**${labels.shapes}:** ${escaped(shapes)}`,
      options.length > 0 ? `**${labels.options}**\n\n${options.map(optionLine).join('\n')}` : '',
      [...made.tags, ...tags].map(tagText).join('\n\n'),
      members.length > 0
        ? `**${labels.members}**\n\n${members.map(({ signature, doc }) => `- ${code(signature)}: ${escaped(joined(docstringOf(doc).text))}`).join('\n')}`
        : '',
      methods.length > 0
        ? `**${labels.methods}:** ${methods.map((method) => linkTo(method, topic)).join(' · ')}`
        : '',
      example && `**${labels.example}**\n\n${example}`,
      [
        baseEntry ? `${labels.extends}: ${linkTo(baseEntry, topic)}` : '',
        aliases.length > 0 ? `${labels.also}: ${aliases.map((alias) => `\`${alias}\``).join(', ')}` : '',
        `${labels.source}: [${file}](${sourceLink}/${file})`,
      ]
        .filter(Boolean)
        .join(' · '),
    ];
    return blocks.filter(Boolean).join('\n\n');
  };

  const typeSection = ({ name, declaration }: Entry): string => {
    const node = declaration.nodes[0];
    const fields = fieldsOf(declaration);
    const alias =
      declaration.kind === 'type' && fields.length === 0 && node.end - node.start < 400
        ? `\`\`\`ts\n${declaration.module.source(node)}\n\`\`\``
        : '';
    return [
      `<a id="${anchorOf(name)}"></a>`,
      `### ${name}`,
      escaped(docstringOf(declaration.doc).text),
      alias,
      fields.map(optionLine).join('\n'),
    ]
      .filter(Boolean)
      .join('\n\n');
  };

  const page = (topic: Topic): string => {
    const own = entries.filter((entry) => entry.topic === topic);
    const values = own.filter(({ declaration }) => !isType(declaration));
    // Options stand with the functions that take them.
    const isShown = ({ name, declaration }: Entry): boolean =>
      /Options$/.test(name) && values.some((entry) => takes(entry.declaration, declaration));
    const types = own.filter((entry) => isType(entry.declaration) && !isShown(entry));
    return [
      `# ${both(topic.title)}`,
      '[English](README.md) · [中文](README.zh-CN.md)',
      values.map((entry) => linkTo(entry, topic)).join(' · '),
      ...values.map(section),
      types.length > 0 ? `## ${labels.types}` : '',
      ...types.map(typeSection),
    ]
      .filter(Boolean)
      .join('\n\n')
      .concat('\n');
  };

  const index = (language: keyof Bilingual): string => {
    const text = indexText[language];
    return [
      `# ${text.title}`,
      text.other,
      text.intro,
      ...parts.flatMap((part) => [
        `## ${part.title[language]}`,
        ...part.topics.map((topic) => {
          const own = entries.filter((entry) => entry.topic === topic && !isType(entry.declaration));
          const links = own.map(({ name }) => `[${name}](${topic.id}.md#${anchorOf(name)})`).join(' · ');
          return `### [${topic.title[language]}](${topic.id}.md)\n\n${links}`;
        }),
      ]),
    ]
      .join('\n\n')
      .concat('\n');
  };

  const pages = new Map(topics.map((topic) => [`${topic.id}.md`, page(topic)]));
  pages.set('README.md', index('en'));
  pages.set('README.zh-CN.md', index('zh'));
  return { entries, pages };
}

const indexText = {
  en: {
    title: 'Nacre: API reference',
    other: '[中文](README.zh-CN.md)',
    intro: [
      "Everything is imported from `nacre`: `import { tensor, nn, optim } from 'nacre'`. Names and meanings are PyTorch's in camelCase;",
      'arguments that are not the tensors or the one everybody writes go into one object of options. Operands are broadcast and',
      'brought to one dtype. `[..., n]` is a shape whose leading axes may be any.',
      '',
      'A comment `// → value` in an example is what the line gives; a test runs them all. Functions refuse what does not fit with an error that says',
      'what, where and what to do: a [ShapeMismatchError](errors.md#ShapeMismatchError) for shapes, an [ArgumentError](errors.md#ArgumentError)',
      'for axes and options, a [DTypeError](errors.md#DTypeError) for dtypes.',
    ].join('\n'),
  },
  zh: {
    title: 'Nacre：API 参考',
    other: '[English](README.md)',
    intro: [
      "所有名称都从 `nacre` 导入：`import { tensor, nn, optim } from 'nacre'`。名称与含义同 PyTorch，改写为小驼峰形式；",
      '除张量和最常用的参数外，其余参数放在一个选项对象里。操作数按 NumPy 规则广播，并统一为同一种 dtype。',
      '`[..., n]` 表示前面各轴任意的形状。各条目的说明为英文。',
      '',
      '示例中的注释 `// → 值` 是该行的结果，测试会运行全部示例。不合要求的参数会得到写明原因、位置和做法的错误：',
      '形状不符是 [ShapeMismatchError](errors.md#ShapeMismatchError)，轴或选项不对是 [ArgumentError](errors.md#ArgumentError)，',
      'dtype 不对是 [DTypeError](errors.md#DTypeError)。',
    ].join('\n'),
  },
} as const;
