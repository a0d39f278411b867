import { IndexError } from '../base/errors.ts';
import type { Node } from '../graph/node.ts';
import { arange, zeros } from '../tensor/create.ts';
import * as ops from '../tensor/ops/index.ts';
import { Parameter } from '../tensor/parameter.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { EmbeddingFn } from '../tensor/types/index.ts';
import { normal } from './init.ts';
import { Layer } from './layer.ts';
import { checkSizes } from './linear.ts';

/**
 * The row of the weight that each index names: int32 indices of any shape [...] become [..., embeddingDim].
 *
 * Weight [numEmbeddings, embeddingDim] begins standard normal. The row `paddingIdx` begins as zero and gets no gradient.
 */
export class Embedding<const N extends number = number, const E extends number = number> extends Layer<
  EmbeddingFn<N, E>
> {
  readonly weight: Parameter<readonly [N, E], 'float32'>;
  readonly paddingIdx: number | null;

  constructor(
    readonly numEmbeddings: N,
    readonly embeddingDim: E,
    { paddingIdx = null }: { paddingIdx?: number | null } = {},
  ) {
    super();
    checkSizes('Embedding', { numEmbeddings, embeddingDim });
    this.weight = normal(new Parameter(zeros([numEmbeddings, embeddingDim])));
    this.paddingIdx = paddingIdx;
    if (paddingIdx === null) return;
    if (!Number.isInteger(paddingIdx) || paddingIdx < -numEmbeddings || paddingIdx >= numEmbeddings) {
      throw new IndexError(`paddingIdx ${paddingIdx} is outside ${numEmbeddings} rows`, { op: 'Embedding' });
    }
    this.paddingIdx = paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    const isPadding = ops.eq(ops.reshapeOf(arange(numEmbeddings).node, [-1, 1]), this.paddingIdx);
    this.weight.value = new Tensor(ops.maskedFill(this.weight.value.detach().node, isPadding, 0));
  }

  protected override compute(x: Node): Node {
    const rows = ops.embedding(x, this.weight.node);
    if (this.paddingIdx === null) return rows;
    const isPadding = ops.eq(ops.reshapeOf(x, [...x.shape, 1]), this.paddingIdx);
    return ops.whereOf(isPadding, ops.detach(rows), rows);
  }
}
