import type { Node } from '../graph/node.ts';
import { type Parameter, State } from '../tensor/parameter.ts';
import { add, constant, sub } from '../tensor/primitives/apply.ts';
import { activeTrace, guarded, type Trace } from '../tensor/slot.ts';
import { Tensor } from '../tensor/tensor.ts';

/**
 * How many steps of an optimizer each parameter had no gradient in, and so was left out of, since PyTorch counts the steps of every
 * parameter by itself. Only a parameter that was trained before it missed a step, or began later than others, has a count of its own:
 * where all gradients come at all steps, nothing is counted.
 */
export class MissedSteps {
  readonly #counts = new Map<Parameter, State>();
  /** Parameters that have had a gradient. */
  readonly #started = new Set<Parameter>();
  /** The number of steps before the first one of a trace. */
  readonly #before = new WeakMap<Trace, Node>();
  #begun = false;
  /** Programs traced before another parameter had a count are no longer right. */
  #version = 0;

  /** @param step the steps of the optimizer. */
  constructor(private readonly step: State) {}

  /** The number of steps that a parameter missed; none if it never did. */
  of(parameter: Parameter): State | undefined {
    return this.#counts.get(parameter);
  }

  /** Numbers that pile up where nobody asks for them. */
  get nodes(): Node[] {
    return [...this.#counts.values()].map((count) => count.node);
  }

  /**
   * Counts one step, before it is done, for those of the parameters that have no gradient now.
   *
   * @param kept the number after this step, from that after a step that is done and the present one.
   */
  count(parameters: Iterable<Parameter>, kept: (next: Node, present: Node) => Node): void {
    const trace = activeTrace();
    if (trace && !this.#before.has(trace)) this.#before.set(trace, this.step.node);
    for (const parameter of parameters) {
      if (parameter.grad) this.#start(parameter);
      else if (this.#started.has(parameter)) {
        const count = this.#counts.get(parameter) ?? this.#add(parameter);
        const { node } = count;
        count.slot.node = kept(add(node, constant(1, node.dtype)), node);
      }
    }
    this.#begun = true;
    guarded(() => this.#version);
  }

  /** At its first gradient, a parameter has missed all steps so far. */
  #start(parameter: Parameter): void {
    if (this.#started.has(parameter)) return;
    this.#started.add(parameter);
    if (!this.#begun) return;
    const { slot } = this.step;
    const count = this.#add(parameter, slot.content);
    slot.exposed = true; // both show one memory now
    // In a trace that is the number before it, so that the program holds at its next run too; its own earlier steps are added.
    const before = activeTrace() && this.#before.get(activeTrace()!);
    if (before && before !== this.step.node) count.slot.node = add(count.node, sub(this.step.node, before));
  }

  #add(parameter: Parameter, count: Node = constant(0, this.step.dtype)): State {
    const state = new State(new Tensor(count));
    this.#counts.set(parameter, state);
    this.#version++;
    return state;
  }

  // ---- keeping ----

  /** The count to keep for a parameter: for one that has had no gradient yet, all steps so far. */
  kept(parameter: Parameter): State | undefined {
    return (
      this.#counts.get(parameter) ?? (this.#begun && !this.#started.has(parameter) ? this.step : undefined)
    );
  }

  /** Begins anew with the counts that were kept; the other parameters missed no step. */
  restore(parameters: Iterable<Parameter>, counts: ReadonlyMap<Parameter, Tensor>): void {
    this.#counts.clear();
    this.#begun = true;
    for (const parameter of parameters) {
      this.#started.add(parameter);
      const count = counts.get(parameter);
      if (count) this.#add(parameter, count.to(this.step.dtype).detach().node);
    }
    this.#version++;
  }
}
