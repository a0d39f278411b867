/**
 * Declarations as a reader wants them: `sum(x: Tensor, dim?: number | number[], options?: Keepdim): Tensor`. The types that compute
 * with shapes are shown as what they come to (a tensor, a list of numbers); the type checker knows the rest.
 */
import type { ESTree } from 'vite';
import type { Declaration, SourceModule } from './reader.ts';

type Node = ESTree.Node;

/** Type parameters that are in sight, each with what it extends. */
type Scope = ReadonlyMap<string, Node | null>;

export interface Option {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}

/** Types that only carry the reason why others do not fit. */
const witnesses = new Set(['Fits', 'FitsReduce']);
/** Types that stand for their argument. */
const wrappers = new Set(['NoInfer', 'Loose', 'Fixed', 'Sizes']);
/** Names that say more than what they stand for. */
const kept = new Set(['Shape', 'DType', 'TypedArray', 'StateDict', 'Data', 'PerAxis']);

const nameOf = (node: Node): string => {
  if (node.type === 'Identifier') return node.name;
  if (node.type === 'Literal') return String(node.value);
  return node.type === 'TSQualifiedName' ? node.right.name : '';
};

const unique = (texts: readonly (string | null)[]): string[] => [
  ...new Set(texts.filter((text): text is string => text !== null && text !== '')),
];

const grouped = (text: string): string => (/ [|&] |=>/.test(text) ? `(${text})` : text);

/** Writes types of one file, with the type parameters in sight. */
class Types {
  constructor(
    readonly module: SourceModule,
    readonly scope: Scope = new Map(),
    readonly depth = 0,
  ) {}

  within(parameters: ESTree.TSTypeParameterDeclaration | null | undefined): Types {
    const scope = new Map(this.scope);
    for (const { name, constraint } of parameters?.params ?? []) scope.set(name.name, constraint ?? null);
    return new Types(this.module, scope, this.depth + 1);
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
        return unique(node.types.map((part) => this.show(part))).join(' & ') || null;
      case 'TSUnionType':
        return unique(node.types.map((part) => this.show(part))).join(' | ') || null;
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
      case 'TSTypePredicate':
        return 'boolean';
      case 'TSIndexedAccessType':
        return /\['dtype'\]$/.test(this.module.source(node)) ? 'DType' : this.module.source(node);
      default:
        return this.module.source(node);
    }
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
      const constraint = this.scope.get(name);
      return constraint && this.depth < 8
        ? new Types(this.module, this.scope, this.depth + 1).show(constraint)
        : name;
    }
    if (wrappers.has(name)) return this.show(args[0]);
    if (name === 'Optional') return `${this.show(args[0]) ?? 'unknown'} | null`;
    if (name === 'Promise' || name === 'Iterable' || name === 'AsyncIterable' || name === 'Record')
      return `${name}<${args.map((arg) => this.show(arg) ?? 'unknown').join(', ')}>`;
    if (kept.has(name) || this.depth > 8) return name;
    const declaration = this.module.lookup(name);
    const alias = declaration?.kind === 'type' ? declaration.nodes[0] : null;
    if (!declaration || alias?.type !== 'TSTypeAliasDeclaration') return name;
    const bound = new Map<string, Node | null>();
    for (const parameter of alias.typeParameters?.params ?? [])
      bound.set(parameter.name.name, parameter.constraint ?? null);
    const text = new Types(declaration.module, bound, this.depth + 1).show(alias.typeAnnotation);
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
        if (left.type === 'ObjectPattern') return `options?: ${this.#optionsName(left.typeAnnotation)}`;
        const type = left.typeAnnotation ? `: ${this.show(left.typeAnnotation)}` : '';
        return `${this.module.source(left).split(':')[0]}${type} = ${this.module.source(right)}`;
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
        return fieldsOf(this.module.lookup(name));
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
      fieldsOf(this.module.lookup(nameOf(expression))),
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
  const declaration = types.module.lookup(nameOf(node.typeName));
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
    return callablesOfType(new Types(maker.module), made.init.returnType);
  });
}

/** The constructor that counts: a class's own, or that of the nearest class it extends. */
function constructorOf(declaration: Declaration): Found | null {
  const [node] = declaration.nodes;
  if (node?.type !== 'ClassDeclaration') return null;
  for (const member of node.body.body) {
    if (member.type === 'MethodDefinition' && member.kind === 'constructor') {
      const types = new Types(declaration.module).within(node.typeParameters);
      return { types, callable: member.value as Callable };
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

const isAbstract = ([node]: readonly Node[]): boolean => node?.type === 'ClassDeclaration' && node.abstract;

/** How to call a function or to make an instance of a class, a line for each way. */
export function signaturesOf(name: string, declaration: Declaration): string[] {
  if (declaration.kind === 'class') {
    const found = constructorOf(declaration);
    const parameters = found ? found.types.parameters(found.callable.params) : '';
    return [isAbstract(declaration.nodes) ? `abstract class ${name}` : `new ${name}(${parameters})`];
  }
  return callablesOf(declaration).map(
    ({ types, callable }) =>
      `${name}(${types.parameters(callable.params)}): ${types.show(callable.returnType) ?? 'void'}`,
  );
}

/** The options that a function or a constructor takes, each with its docstring. */
export function optionsOf(declaration: Declaration): Option[] {
  const constructed = declaration.kind === 'class' ? constructorOf(declaration) : null;
  const found = constructed ? [constructed] : callablesOf(declaration);
  const options = new Map<string, Option>();
  for (const { types, callable } of found) {
    for (const parameter of callable.params) {
      const target = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
      if (!('typeAnnotation' in target)) continue;
      const isOptions =
        target.type === 'ObjectPattern' || (target.type === 'Identifier' && /options/i.test(target.name));
      if (!isOptions) continue;
      for (const option of types.options(target.typeAnnotation)) {
        if (!options.has(option.name)) options.set(option.name, option);
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
    if (!doc || doc.startsWith('Internal') || doc.startsWith('Only for types') || seen.has(name)) return [];
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
    const annotation = 'typeAnnotation' in member ? (member.typeAnnotation as Node | null) : null;
    const type = inner.show(annotation);
    return [{ signature: `${prefix}${name}${type ? `: ${type}` : ''}`, doc }];
  });
}
