/**
 * Declarations as a reader wants them: `sum(x: Tensor, dim?: number | number[], options?: Keepdim): Tensor`. The types that compute
 * with shapes are shown as what they come to (a tensor, a list of numbers); the type checker knows the rest.
 */
import type { ESTree } from 'vite';
import type { Declaration, SourceModule } from './reader.ts';

type Node = ESTree.Node;

/** Type parameters that are in sight, each with what it stands for or extends; null where nothing is known of it. */
type Scope = ReadonlyMap<string, (() => string | null) | null>;

export interface Option {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}

/** Types that only carry the reason why others do not fit. */
const witnesses = new Set(['Fits', 'FitsReduce']);
/** Types that stand for their argument. */
const wrappers = new Set(['NoInfer', 'Loose', 'Fixed', 'Sizes', 'Readonly', 'Partial', 'Pick', 'Omit']);
const containers = new Set(['Promise', 'Iterable', 'AsyncIterable', 'ArrayLike', 'ReadonlyMap', 'Record']);
/** Names that say more than what they stand for. */
const kept = new Set(['Shape', 'DType', 'TypedArray', 'StateDict', 'Data', 'PerAxis']);

const nameOf = (node: Node): string => {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'Literal') return String(node.value);
  return node.type === 'TSQualifiedName' ? node.right.name : '';
};

const annotationOf = (node: Node): Node | null =>
  ('typeAnnotation' in node && (node.typeAnnotation as Node | null | undefined)) || null;

/** A name with its namespace: `ops.PoolOptions`. */
const pathOf = (node: Node): string => {
  if (node.type === 'TSQualifiedName') return `${nameOf(node.left)}.${node.right.name}`;
  if (node.type === 'MemberExpression') return `${nameOf(node.object)}.${nameOf(node.property)}`;
  return nameOf(node);
};

const unique = (texts: readonly (string | null)[]): string[] => [
  ...new Set(texts.filter((text): text is string => text !== null && text !== '')),
];

/** A union without what is there twice; that an argument may be left out is said by its question mark. */
const alternatives = (texts: readonly (string | null)[]): string | null =>
  unique(texts.flatMap((text) => (text && !/[({[<]/.test(text) ? text.split(' | ') : [text])))
    .filter((text) => text !== 'undefined')
    .map((text, _, { length }) => (length > 1 && / => /.test(text) ? `(${text})` : text))
    .join(' | ') || null;

const grouped = (text: string): string => (/ [|&] |=>/.test(text) ? `(${text})` : text);

/** Writes types of one file, with the type parameters in sight. */
class Types {
  constructor(
    readonly module: SourceModule,
    readonly scope: Scope = new Map(),
    readonly depth = 0,
  ) {}

  within(parameters: ESTree.TSTypeParameterDeclaration | null | undefined): Types {
    return this.#bind(parameters, []);
  }

  /** With the type parameters of a declaration: those given are shown by `given`, the others by what they extend. */
  #bind(
    parameters: ESTree.TSTypeParameterDeclaration | null | undefined,
    given: readonly (() => string | null)[],
    module = this.module,
  ): Types {
    const scope = new Map(module === this.module ? this.scope : []);
    const inner = new Types(module, scope, this.depth + 1);
    for (const [i, { name, constraint }] of (parameters?.params ?? []).entries())
      scope.set(name.name, given[i] ?? (constraint ? () => inner.show(constraint) : null));
    return inner;
  }

  /** The type as text; null where it says nothing to a reader. */
  show(node: Node | null | undefined): string | null {
    if (!node) return null;
    switch (node.type) {
      case 'TSTypeAnnotation':
        return this.show(node.typeAnnotation);
      case 'TSParenthesizedType':
        return this.show(node.typeAnnotation);
      case 'TSTypeReference':
        return this.#reference(node);
      case 'TSIntersectionType':
        return unique(this.#known(node.types).map((part) => this.show(part))).join(' & ') || null;
      case 'TSUnionType':
        return alternatives(node.types.map((part) => this.show(part)));
      case 'TSArrayType':
        return `${grouped(this.show(node.elementType) ?? 'unknown')}[]`;
      case 'TSTypeOperator':
        return node.operator === 'readonly' ? this.show(node.typeAnnotation) : this.module.source(node);
      case 'TSTupleType':
        return `[${node.elementTypes.map((part) => this.#tuplePart(part)).join(', ')}]`;
      case 'TSFunctionType': {
        const inner = this.within(node.typeParameters);
        return `(${inner.parameters(node.params)}) => ${inner.show(node.returnType) ?? 'unknown'}`;
      }
      case 'TSConditionalType': {
        const parts = unique([this.show(node.trueType), this.show(node.falseType)]);
        return parts.length === 1 ? parts[0] : parts.filter((part) => part !== 'never').join(' | ');
      }
      case 'TSTypeLiteral':
        return `{ ${this.options(node)
          .map(({ name, type }) => `${name}: ${type}`)
          .join('; ')} }`;
      case 'TSMappedType':
        return `${grouped(this.show(node.typeAnnotation) ?? 'unknown')}[]`;
      case 'TSTypePredicate':
        return 'boolean';
      case 'TSIndexedAccessType':
        return /\['dtype'\]$/.test(this.module.source(node)) ? 'DType' : this.module.source(node);
      default:
        return this.module.source(node);
    }
  }

  /** Parts of an intersection without type parameters of which nothing is known. */
  #known(nodes: readonly Node[]): readonly Node[] {
    return nodes.filter(
      (node) => node.type !== 'TSTypeReference' || this.scope.get(nameOf(node.typeName)) !== null,
    );
  }

  #tuplePart(node: Node): string {
    if (node.type === 'TSNamedTupleMember')
      return `${nameOf(node.label)}: ${this.#tuplePart(node.elementType)}`;
    if (node.type === 'TSRestType') return `...${this.show(node.typeAnnotation) ?? 'unknown[]'}`;
    return this.show(node) ?? 'unknown';
  }

  #reference(node: ESTree.TSTypeReference): string | null {
    const name = nameOf(node.typeName);
    const args = node.typeArguments?.params ?? [];
    if (witnesses.has(name)) return null;
    if (this.scope.has(name)) {
      const shown = this.scope.get(name);
      return shown ? shown() : name;
    }
    if (wrappers.has(name)) return this.show(args[0]);
    if (name === 'Optional') return `${this.show(args[0]) ?? 'unknown'} | null`;
    if (containers.has(name)) return `${name}<${args.map((arg) => this.show(arg) ?? 'unknown').join(', ')}>`;
    if (kept.has(name) || this.depth > 8) return name;
    const declaration = this.module.lookup(pathOf(node.typeName));
    const alias = declaration?.kind === 'type' ? declaration.nodes[0] : null;
    if (!declaration || alias?.type !== 'TSTypeAliasDeclaration') return name;
    const given = args.map((arg) => () => this.show(arg));
    const inner = this.#bind(alias.typeParameters, given, declaration.module);
    const text = inner.show(alias.typeAnnotation);
    return text !== null && text.length <= 60 ? text : name;
  }

  parameters(nodes: readonly Node[]): string {
    return nodes.map((node) => this.parameter(node)).join(', ');
  }

  parameter(node: Node): string {
    switch (node.type) {
      case 'TSParameterProperty':
        return this.parameter(node.parameter);
      case 'AssignmentPattern': {
        const { left, right } = node;
        const annotation = annotationOf(left);
        if (left.type === 'ObjectPattern') return `options?: ${this.#optionsName(annotation)}`;
        const type = annotation ? `: ${this.show(annotation)}` : '';
        const value = right.type === 'TSAsExpression' ? right.expression : right;
        return `${this.module.source(left).split(':')[0]}${type} = ${this.module.source(value)}`;
      }
      case 'ObjectPattern':
        return `options: ${this.#optionsName(node.typeAnnotation)}`;
      case 'RestElement':
        return `...${nameOf(node.argument)}: ${this.show(node.typeAnnotation) ?? 'unknown[]'}`;
      case 'Identifier': {
        const type = node.typeAnnotation ? `: ${this.show(node.typeAnnotation) ?? 'unknown'}` : '';
        return `${node.name}${node.optional ? '?' : ''}${type}`;
      }
      default:
        return this.module.source(node);
    }
  }

  #optionsName(annotation: Node | null | undefined): string {
    const text = this.show(annotation) ?? 'object';
    return text.length > 60 ? 'Options' : text;
  }

  /** The fields of a type that is an interface, a literal or an intersection of these. */
  options(node: Node | null | undefined): Option[] {
    switch (node?.type) {
      case 'TSTypeAnnotation':
        return this.options(node.typeAnnotation);
      case 'TSIntersectionType':
        return node.types.flatMap((part) => this.options(part));
      case 'TSTypeLiteral':
        return node.members.flatMap((member) => this.#field(member));
      case 'TSTypeReference': {
        const name = nameOf(node.typeName);
        if (witnesses.has(name)) return [];
        const argument = node.typeArguments?.params[0];
        if (['Partial', 'Readonly', 'Omit', 'Pick', 'Required'].includes(name)) return this.options(argument);
        return fieldsOf(this.module.lookup(pathOf(node.typeName)));
      }
      default:
        return [];
    }
  }

  #field(member: Node): Option[] {
    if (member.type !== 'TSPropertySignature' && member.type !== 'TSMethodSignature') return [];
    const doc = this.module.docBefore(member);
    if (doc.startsWith('Internal')) return [];
    const type =
      member.type === 'TSPropertySignature'
        ? (this.show(member.typeAnnotation) ?? 'unknown')
        : `(${this.parameters(member.params)}) => ${this.show(member.returnType) ?? 'void'}`;
    return [{ name: `${nameOf(member.key)}${member.optional ? '?' : ''}`, type, doc }];
  }

  interfaceFields(node: ESTree.TSInterfaceDeclaration): Option[] {
    const inner = this.within(node.typeParameters);
    const inherited = node.extends.flatMap(({ expression }) =>
      fieldsOf(this.module.lookup(pathOf(expression))),
    );
    return [...node.body.body.flatMap((member) => inner.#field(member)), ...inherited];
  }
}

/** The fields of an interface or of a type that is made of interfaces. */
export function fieldsOf(declaration: Declaration | null): Option[] {
  const node = declaration?.nodes[0];
  if (!declaration || !node) return [];
  const types = new Types(declaration.module);
  if (node.type === 'TSInterfaceDeclaration') return types.interfaceFields(node);
  return node.type === 'TSTypeAliasDeclaration'
    ? types.within(node.typeParameters).options(node.typeAnnotation)
    : [];
}

interface Callable {
  readonly typeParameters?: ESTree.TSTypeParameterDeclaration | null;
  readonly params: readonly Node[];
  readonly returnType?: Node | null;
  readonly body?: Node | null;
}

interface Found {
  readonly types: Types;
  readonly callable: Callable;
}

/** The function types a type leads to. */
function callablesOfType(types: Types, node: Node | null | undefined): Found[] {
  if (node?.type === 'TSTypeAnnotation') return callablesOfType(types, node.typeAnnotation);
  if (node?.type === 'TSFunctionType')
    return [{ types: types.within(node.typeParameters), callable: node as Callable }];
  if (node?.type !== 'TSTypeReference') return [];
  const declaration = types.module.lookup(pathOf(node.typeName));
  const alias = declaration?.nodes[0];
  if (!declaration || alias?.type !== 'TSTypeAliasDeclaration') return [];
  return callablesOfType(new Types(declaration.module).within(alias.typeParameters), alias.typeAnnotation);
}

/** Every way a function can be called; overloads rather than what implements them. */
function callablesOf({ nodes, module }: Declaration): Found[] {
  const types = new Types(module);
  const overloads = nodes.filter((node) => node.type === 'TSDeclareFunction');
  return (overloads.length > 0 ? overloads : nodes).flatMap((node): Found[] => {
    if (node.type === 'FunctionDeclaration' || node.type === 'TSDeclareFunction')
      return [{ types: types.within(node.typeParameters), callable: node as Callable }];
    if (node.type !== 'VariableDeclarator') return [];
    const { id, init } = node;
    const typed = id.type === 'Identifier' ? callablesOfType(types, id.typeAnnotation) : [];
    if (typed.length > 0) return typed;
    if (init?.type === 'ArrowFunctionExpression')
      return [{ types: types.within(init.typeParameters), callable: init as Callable }];
    if (init?.type !== 'CallExpression' || init.callee.type !== 'Identifier') return [];
    const maker = module.lookup(init.callee.name);
    const made = maker?.nodes[0];
    if (!maker || made?.type !== 'VariableDeclarator' || made.init?.type !== 'ArrowFunctionExpression')
      return [];
    const { returnType, body } = made.init;
    if (!returnType && body.type === 'ArrowFunctionExpression') {
      const inner = new Types(maker.module).within(body.typeParameters);
      return [{ types: inner, callable: body as Callable }];
    }
    return callablesOfType(new Types(maker.module), returnType);
  });
}

/** The constructor that counts: a class's own, or that of the nearest class it extends. */
function constructorOf(declaration: Declaration): (Found & { readonly doc: string }) | null {
  const [node] = declaration.nodes;
  if (node?.type !== 'ClassDeclaration') return null;
  for (const member of node.body.body) {
    if (member.type === 'MethodDefinition' && member.kind === 'constructor') {
      const types = new Types(declaration.module).within(node.typeParameters);
      const doc = declaration.module.docBefore(member);
      return { types, callable: member.value as Callable, doc };
    }
  }
  const base = baseOf(declaration);
  return base && constructorOf(base);
}

/** The class that a class extends, if it is one of the library. */
export function baseOf({ nodes: [node], module }: Declaration): Declaration | null {
  if (node?.type !== 'ClassDeclaration' || node.superClass?.type !== 'Identifier') return null;
  return module.lookup(node.superClass.name);
}

/** The docstring of the constructor, which explains its parameters. */
export const constructorDocOf = (declaration: Declaration): string => {
  const doc = constructorOf(declaration)?.doc ?? '';
  return doc.startsWith('Internal') ? '' : doc;
};

const isAbstract = ([node]: readonly Node[]): boolean =>
  node?.type === 'ClassDeclaration' && node.abstract === true;

/** How to call a function or to make an instance of a class, a line for each way. */
export function signaturesOf(name: string, declaration: Declaration): string[] {
  if (declaration.kind === 'class') {
    const found = constructorOf(declaration);
    if (isAbstract(declaration.nodes) || found?.doc.startsWith('Internal'))
      return [`${isAbstract(declaration.nodes) ? 'abstract ' : ''}class ${name}`];
    return [`new ${name}(${found ? found.types.parameters(found.callable.params) : ''})`];
  }
  return callablesOf(declaration).map(
    ({ types, callable }) =>
      `${name}(${types.parameters(callable.params)}): ${types.show(callable.returnType) ?? 'void'}`,
  );
}

/** What options are taken to be where they are left out, from the pattern that takes them apart. */
function defaultsOf(pattern: Node, module: SourceModule): Map<string, string> {
  const defaults = new Map<string, string>();
  if (pattern.type !== 'ObjectPattern') return defaults;
  for (const property of pattern.properties) {
    if (property.type !== 'Property' || property.value.type !== 'AssignmentPattern') continue;
    const { right } = property.value;
    const value = right.type === 'TSAsExpression' ? right.expression : right;
    defaults.set(nameOf(property.key), module.source(value));
  }
  return defaults;
}

/** The patterns that take the options of a parameter apart: its own, or those of the function's first lines. */
function patternsOf(target: Node, { body }: Callable): Node[] {
  if (target.type === 'ObjectPattern') return [target];
  if (target.type !== 'Identifier' || body?.type !== 'BlockStatement') return [];
  const isIt = (node: Node | null): boolean => node?.type === 'Identifier' && node.name === target.name;
  return body.body.flatMap((statement) => {
    if (statement.type !== 'VariableDeclaration') return [];
    return statement.declarations.flatMap(({ id, init }) => {
      const made = init?.type === 'LogicalExpression' ? init.left : init;
      const isTaken = isIt(made) || (made?.type === 'CallExpression' && made.arguments.some(isIt));
      return isTaken ? [id] : [];
    });
  });
}

/** The options that a function or a constructor takes, each with its docstring. */
export function optionsOf(declaration: Declaration): Option[] {
  const constructed = declaration.kind === 'class' ? constructorOf(declaration) : null;
  const found = constructed ? [constructed] : callablesOf(declaration);
  const options = new Map<string, Option>();
  for (const { types, callable } of found) {
    for (const parameter of callable.params) {
      const plain = parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter;
      const target = plain.type === 'AssignmentPattern' ? plain.left : plain;
      const isOptions =
        target.type === 'ObjectPattern' || (target.type === 'Identifier' && /options/i.test(target.name));
      if (!isOptions) continue;
      const defaults = new Map(
        patternsOf(target, callable).flatMap((pattern) => [...defaultsOf(pattern, types.module)]),
      );
      for (const option of types.options(annotationOf(target))) {
        const value = defaults.get(option.name.replace('?', ''));
        const saysDefault = /default/i.test(option.doc) || value === undefined;
        const type = saysDefault ? option.type : `${option.type} = ${value}`;
        if (!options.has(option.name)) options.set(option.name, { ...option, type });
      }
    }
  }
  return [...options.values()];
}

export interface Member {
  readonly signature: string;
  readonly doc: string;
}

/** What a class or an object offers in public, without what has no docstring or is marked as internal. */
export function membersOf({ nodes: [node], module }: Declaration): Member[] {
  const types = new Types(module);
  if (node?.type === 'VariableDeclarator' && node.init?.type === 'ObjectExpression') {
    return node.init.properties.flatMap((property) => {
      const doc = module.docBefore(property);
      return property.type === 'Property' && doc ? [{ signature: nameOf(property.key), doc }] : [];
    });
  }
  if (node?.type !== 'ClassDeclaration') return [];
  const inner = types.within(node.typeParameters);
  const seen = new Set<string>();
  return node.body.body.flatMap((member): Member[] => {
    if (!('key' in member) || member.key.type === 'PrivateIdentifier' || member.computed) return [];
    if (member.accessibility === 'private' || member.accessibility === 'protected') return [];
    if ('kind' in member && member.kind === 'constructor') return [];
    const doc = module.docBefore(member);
    const name = nameOf(member.key);
    if (!doc || doc.includes('Internal') || doc.startsWith('Only for types') || seen.has(name)) return [];
    seen.add(name);
    const prefix = member.static ? 'static ' : '';
    if (member.type === 'MethodDefinition' || member.type === 'TSAbstractMethodDefinition') {
      const method = member.value as unknown as Callable;
      const call = inner.within(method.typeParameters);
      if (member.kind === 'get' || member.kind === 'set') return [{ signature: `${prefix}${name}`, doc }];
      const params = method.params.filter(
        (parameter) => !(parameter.type === 'Identifier' && parameter.name === 'this'),
      );
      const result = call.show(method.returnType);
      return [
        { signature: `${prefix}${name}(${call.parameters(params)})${result ? `: ${result}` : ''}`, doc },
      ];
    }
    const type = inner.show(annotationOf(member));
    return [{ signature: `${prefix}${name}${type ? `: ${type}` : ''}`, doc }];
  });
}

/** Methods of a class that have no docstring of their own, because a function of the same name has it. */
export function undocumentedMethods({ nodes: [node], module }: Declaration): string[] {
  if (node?.type !== 'ClassDeclaration') return [];
  return node.body.body.flatMap((member) =>
    member.type === 'MethodDefinition' && member.kind === 'method' && !module.docBefore(member)
      ? [nameOf(member.key)]
      : [],
  );
}
