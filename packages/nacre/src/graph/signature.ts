import { topological } from '../compiler/rewrite.ts';
import type { Node } from './node.ts';

/** A graph without its values: two with the same `key` run the same program on other memory. */
export interface GraphSignature {
  readonly key: string;
  /** Nodes whose elements the program reads, in the order in which the key names them. */
  readonly leaves: readonly Node[];
  readonly order: readonly Node[];
}

/** Numbers the nodes in order of computation and writes each as its operation on earlier numbers. */
export function signGraph(outputs: readonly Node[]): GraphSignature {
  const order = topological(outputs) as Node[];
  const numbers = new Map<Node, number>();
  const leaves: Node[] = [];
  let key = '';
  for (const node of order) {
    numbers.set(node, numbers.size);
    if (node.isLeaf) {
      leaves.push(node);
      key += `${node.dtype}[${node.shape.join()}];`;
    } else {
      key += `${node.signature}(${node.inputs.map((input) => numbers.get(input)).join()})${node.dtype}[${node.shape.join()}];`;
    }
  }
  key += `>${outputs.map((node) => numbers.get(node)).join()}`;
  return { key, leaves, order };
}

/** The graph as text, one line a node, for people. */
export function printGraph(outputs: readonly Node[]): string {
  const order = topological(outputs) as Node[];
  const names = new Map(order.map((node, i) => [node, `%${i}`]));
  return order
    .map((node) => {
      const type = `${node.dtype}[${node.shape.join(', ')}]`;
      if (node.isLeaf)
        return `${names.get(node)} = ${node.lowering.kind === 'leaf' ? node.signature : 'memory'}: ${type}`;
      return `${names.get(node)} = ${node.signature}(${node.inputs.map((input) => names.get(input)).join(', ')}): ${type}`;
    })
    .join('\n');
}
