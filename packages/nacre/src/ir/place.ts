import { type Expr, type Kernel, operands, type Statement } from './expr.ts';

export interface PlacedStatement {
  readonly statement: Statement;
  /** Values to compute into registers just before the statement, in this order. */
  readonly lets: Expr[];
  /** The body, for a loop. */
  readonly body: readonly PlacedStatement[];
}

export interface PlacedKernel {
  /** Values computed once on entry. */
  readonly entry: readonly Expr[];
  readonly body: readonly PlacedStatement[];
  readonly tail: readonly PlacedStatement[];
}

interface Scope {
  readonly lets: Expr[];
  readonly defined: Set<number>;
}

/**
 * Decides where each value of a kernel is computed: outside every loop that does not change it, and once where it is used
 * twice. Engines do little of either for WebAssembly, and equal placement keeps the bits equal on every target.
 */
export function place(kernel: Kernel): PlacedKernel {
  const uses = countUses([...kernel.body, ...kernel.tail]);
  const entry: Scope = { lets: [], defined: new Set() };

  /** `scopes[level + 1]` receives the values of that level; `here` those that must stay at the statement. */
  function visit(expr: Expr, scopes: readonly Scope[], here: Scope): void {
    const innermost = scopes.length - 2;
    const level = Math.min(expr.level, innermost);
    const pinned = expr.level > innermost;
    const scope = pinned ? here : scopes[level + 1];
    if (scope.defined.has(expr.id)) return;
    for (const operand of operands(expr)) visit(operand, scopes, here);
    const free =
      expr.kind === 'const' || expr.kind === 'counter' || expr.kind === 'pointer' || expr.kind === 'read';
    if (free) return;
    const moves = !pinned && level < innermost;
    if (moves || (uses.get(expr.id) ?? 0) > 1) {
      scope.defined.add(expr.id);
      scope.lets.push(expr);
    }
  }

  function block(statements: readonly Statement[], outer: readonly Scope[]): PlacedStatement[] {
    const defined = new Set<number>();
    return statements.map((statement) => {
      // Values of this block's level come before the statement that first needs them, and stay known after it.
      const scope: Scope = { lets: [], defined };
      const scopes = [...outer, scope];
      const body = statement.kind === 'loop' ? block(statement.body, scopes) : [];
      const pinned: Scope = { lets: [], defined: new Set() };
      for (const expr of values(statement)) visit(expr, scopes, pinned);
      return { statement, lets: [...scope.lets, ...pinned.lets], body };
    });
  }

  const body = block(kernel.body, [entry]);
  const tail = block(kernel.tail, [entry]);
  return { entry: entry.lets, body, tail };
}

/** The expressions a statement itself computes. */
export function values(statement: Statement): readonly Expr[] {
  switch (statement.kind) {
    case 'loop':
      return [];
    case 'declare':
      return [statement.init];
    case 'assign':
      return statement.items.map((item) => item.value);
    case 'store':
      return statement.items.flatMap((item) => [item.address, item.value]);
    case 'check':
      return [statement.ok, statement.code, statement.value];
  }
}

function countUses(statements: readonly Statement[]): Map<number, number> {
  const uses = new Map<number, number>();
  const count = (expr: Expr): void => {
    const before = uses.get(expr.id) ?? 0;
    uses.set(expr.id, before + 1);
    if (before === 0) operands(expr).forEach(count);
  };
  const walk = (list: readonly Statement[]): void => {
    for (const statement of list) {
      values(statement).forEach(count);
      if (statement.kind === 'loop') walk(statement.body);
    }
  };
  walk(statements);
  return uses;
}
