/**
 * Reads what a module of TypeScript exports, with docstrings, from the sources alone: nothing is run and no types are computed. The
 * parser is the one that builds the library.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type ESTree, type ParseResult, parseSync } from 'vite';

/** A declaration as it stands in a file. Overloads of a function are one declaration with several nodes. */
export interface Declaration {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'constant' | 'interface' | 'type';
  readonly nodes: readonly ESTree.Node[];
  readonly module: SourceModule;
  /** The docstring without its stars; empty where there is none. */
  readonly doc: string;
}

/** One name that a user can import, or reach through a namespace: `nn.init.zeros`. */
export interface PublicName {
  readonly name: string;
  readonly declaration: Declaration;
}

type Target =
  | { readonly namespace: string }
  | { readonly file: string; readonly name: string; readonly typeOnly: boolean };

interface Spanned {
  readonly start: number;
  readonly end: number;
}

/** A parsed file: what it declares, imports and exports. */
export class SourceModule {
  readonly text: string;
  readonly declarations = new Map<string, Declaration>();
  /** Functions that are put on a function, by the name of that one: `tune.choice = choice` after `function tune() {}`. */
  readonly members = new Map<string, { readonly name: string; readonly value: string }[]>();
  /** Names of other files that are known here. */
  readonly imports = new Map<string, Target>();
  readonly #exports = new Map<string, Target>();
  readonly #reexported: string[] = [];
  readonly #comments: ParseResult['comments'];

  constructor(readonly file: string) {
    this.text = readFileSync(file, 'utf8');
    const { program, comments, errors } = parseSync(file, this.text);
    if (errors.length > 0) throw new Error(`${file}: ${errors[0].message}`);
    this.#comments = comments;
    for (const statement of program.body) this.#readStatement(statement);
  }

  /** The docstring that ends right before a place. */
  docBefore(node: Spanned): string {
    const comment = this.#comments.findLast(({ end }) => end <= node.start);
    if (comment?.type !== 'Block' || !comment.value.startsWith('*')) return '';
    return /^\s*$/.test(this.text.slice(comment.end, node.start)) ? cleaned(comment.value) : '';
  }

  /** The source of a node on one line. */
  source(node: Spanned): string {
    return this.text.slice(node.start, node.end).replace(/\s+/g, ' ');
  }

  /** What the file exports, in the order of its statements, each as the declaration or the namespace it leads to. */
  exported(): Map<string, Declaration | { readonly namespace: string }> {
    const found = new Map<string, Declaration | { readonly namespace: string }>();
    for (const [name, target] of this.#exports) {
      if ('namespace' in target) found.set(name, target);
      else {
        const declaration = resolved(target);
        if (declaration) found.set(name, declaration);
      }
    }
    for (const file of this.#reexported) {
      for (const [name, target] of read(file).exported()) if (!found.has(name)) found.set(name, target);
    }
    return found;
  }

  /** The declaration that a name, such as `ops.PoolOptions`, stands for in this file, here or elsewhere. */
  lookup(name: string): Declaration | null {
    const [namespace, inner] = name.split('.');
    if (inner !== undefined) {
      const target = this.imports.get(namespace);
      return target && 'namespace' in target ? resolved({ file: target.namespace, name: inner }) : null;
    }
    const own = this.declarations.get(name);
    if (own) return own;
    const target = this.imports.get(name);
    return target && 'file' in target ? resolved(target) : null;
  }

  #readStatement(statement: ESTree.Program['body'][number]): void {
    switch (statement.type) {
      case 'ImportDeclaration':
        for (const specifier of statement.specifiers) {
          const file = this.#fileOf(statement.source.value);
          if (!file) continue;
          const imported = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : null;
          this.imports.set(
            specifier.local.name,
            imported ? { file, name: imported, typeOnly: false } : { namespace: file },
          );
        }
        break;
      case 'ExportAllDeclaration': {
        const file = this.#fileOf(statement.source.value);
        if (!file) throw new Error(`${this.file}: exports all of ${statement.source.value}`);
        if (statement.exported) this.#exports.set(nameOf(statement.exported), { namespace: file });
        else this.#reexported.push(file);
        break;
      }
      case 'ExportNamedDeclaration':
        if (statement.declaration) {
          for (const name of this.#declare(statement.declaration, statement)) {
            this.#exports.set(name, { file: this.file, name, typeOnly: false });
          }
        }
        for (const { local, exported, exportKind } of statement.specifiers) {
          const file = statement.source ? this.#fileOf(statement.source.value) : this.file;
          if (!file) continue;
          const typeOnly = exportKind === 'type' || statement.exportKind === 'type';
          this.#exports.set(nameOf(exported), { file, name: nameOf(local), typeOnly });
        }
        break;
      case 'ExpressionStatement':
        this.#readMember(statement.expression);
        break;
      default:
        this.#declare(statement, statement);
    }
  }

  #readMember(node: ESTree.Expression): void {
    if (node.type !== 'AssignmentExpression' || node.right.type !== 'Identifier') return;
    const { left } = node;
    if (left.type !== 'MemberExpression' || left.computed || left.object.type !== 'Identifier') return;
    const owner = left.object.name;
    if (left.property.type !== 'Identifier' || this.declarations.get(owner)?.kind !== 'function') return;
    const before = this.members.get(owner) ?? [];
    this.members.set(owner, [...before, { name: left.property.name, value: node.right.name }]);
  }

  #declare(node: ESTree.Node, statement: Spanned): string[] {
    const add = (name: string, kind: Declaration['kind'], declared: ESTree.Node): string => {
      const before = this.declarations.get(name);
      const doc = this.docBefore(statement);
      this.declarations.set(
        name,
        before?.kind === 'function'
          ? { ...before, nodes: [...before.nodes, declared], doc: before.doc || doc }
          : { name, kind, nodes: [declared], module: this, doc },
      );
      return name;
    };
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'TSDeclareFunction':
        return node.id ? [add(node.id.name, 'function', node)] : [];
      case 'ClassDeclaration':
        return node.id ? [add(node.id.name, 'class', node)] : [];
      case 'TSInterfaceDeclaration':
        return [add(node.id.name, 'interface', node)];
      case 'TSTypeAliasDeclaration':
        return [add(node.id.name, 'type', node)];
      case 'VariableDeclaration':
        return node.declarations.flatMap((declarator) =>
          declarator.id.type === 'Identifier' ? [add(declarator.id.name, 'constant', declarator)] : [],
        );
      default:
        return [];
    }
  }

  #fileOf(specifier: string): string | null {
    if (specifier.startsWith('.')) return resolve(dirname(this.file), specifier);
    return specifier.startsWith('#') ? sourceOf(specifier, dirname(this.file)) : null;
  }
}

const nameOf = (node: ESTree.ModuleExportName): string =>
  node.type === 'Literal' ? String(node.value) : node.name;

interface Package {
  readonly imports?: Readonly<Record<string, { readonly 'nacre-source'?: unknown }>>;
}

/** The file that a name of package.json's `imports` stands for; null where there is one for each platform. */
function sourceOf(name: string, folder: string): string | null {
  const file = resolve(folder, 'package.json');
  if (!existsSync(file)) return sourceOf(name, dirname(folder));
  const { imports } = JSON.parse(readFileSync(file, 'utf8')) as Package;
  const source = imports?.[name]?.['nacre-source'];
  return typeof source === 'string' ? resolve(folder, source) : null;
}

const modules = new Map<string, SourceModule>();

export function read(file: string): SourceModule {
  let module = modules.get(file);
  if (!module) modules.set(file, (module = new SourceModule(file)));
  return module;
}

function resolved({ file, name }: { readonly file: string; readonly name: string }): Declaration | null {
  const module = read(file);
  const own = module.lookup(name);
  if (own) return own;
  const elsewhere = module.exported().get(name);
  return elsewhere && !('namespace' in elsewhere) ? elsewhere : null;
}

/** A docstring without the stars at its lines. */
const cleaned = (comment: string): string =>
  comment
    .slice(1)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, ''))
    .join('\n')
    .trim();

/** What stands on a function under names of its own. */
function membersOf(prefix: string, { name, module }: Declaration): PublicName[] {
  return (module.members.get(name) ?? []).flatMap((member) => {
    const declaration = module.lookup(member.value);
    return declaration ? [{ name: `${prefix}.${member.name}`, declaration }] : [];
  });
}

/** Everything that a file exports, through its namespaces; a declaration with two names comes once for each. */
export function publicNames(file: string, prefix = ''): PublicName[] {
  return [...read(file).exported()].flatMap(([name, target]) =>
    'namespace' in target
      ? publicNames(target.namespace, `${prefix}${name}.`)
      : [{ name: prefix + name, declaration: target }, ...membersOf(prefix + name, target)],
  );
}
