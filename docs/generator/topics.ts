/** The pages of the reference, in the order of the index, and which names each has. */

export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

export interface Topic {
  /** The page's file, without its ending. */
  readonly id: string;
  readonly title: Bilingual;
  /** Folders and files of `packages/nacre/src` whose names it has. */
  readonly places: readonly string[];
  /** Names it has wherever they are declared. */
  readonly names?: readonly string[];
}

export interface Part {
  readonly title: Bilingual;
  readonly topics: readonly Topic[];
}

const topic = (
  id: string,
  en: string,
  zh: string,
  places: readonly string[],
  names: readonly string[] = [],
): Topic => ({
  id,
  title: { en, zh },
  places,
  names,
});

export const parts: readonly Part[] = [
  {
    title: { en: 'Tensors', zh: '张量' },
    topics: [
      topic('tensors', 'Tensors, parameters and state', '张量、参数与状态', [
        'tensor/tensor.ts',
        'tensor/parameter.ts',
        'tensor/state-dict.ts',
        'base/dtype.ts',
      ]),
      topic('creation', 'Making tensors', '创建张量', ['tensor/create.ts']),
      topic(
        'random',
        'Random numbers',
        '随机数',
        ['tensor/functions/random.ts', 'tensor/generator.ts'],
        ['rand', 'randn', 'randint', 'randperm', 'bernoulli'],
      ),
      topic('arithmetic', 'Arithmetic, element by element', '逐元素运算', [
        'tensor/functions/elementwise.ts',
        'tensor/functions/special.ts',
      ]),
      topic('reductions', 'Reductions and scans', '归约与扫描', [
        'tensor/functions/reduce.ts',
        'tensor/functions/scan.ts',
      ]),
      topic('shapes', 'Shapes and joining', '形状与拼接', ['tensor/functions/movement.ts']),
      topic('indexing', 'Indexing, sorting and counting', '索引、排序与计数', [
        'tensor/functions/index-by.ts',
        'tensor/functions/sorting.ts',
        'tensor/functions/distinct.ts',
        'tensor/functions/counting.ts',
      ]),
      topic(
        'products',
        'Products, grids and distances',
        '乘积、网格与距离',
        ['tensor/functions/grids.ts'],
        ['matmul', 'dot', 'outer', 'einsum', 'bilinear', 'linear'],
      ),
      topic('linalg', 'Linear algebra', '线性代数', ['tensor/functions/linalg']),
      topic('fft', 'Fourier transforms and signals', '傅里叶变换与信号', [
        'tensor/functions/fourier.ts',
        'tensor/ops/fourier.ts',
        'tensor/functions/stft.ts',
        'tensor/functions/signal-windows.ts',
      ]),
      topic('distributions', 'Probability distributions', '概率分布', ['tensor/distributions/']),
    ],
  },
  {
    title: { en: 'Functions of networks', zh: '网络函数' },
    topics: [
      topic(
        'activations',
        'Activation functions',
        '激活函数',
        ['tensor/functions/activations.ts', 'tensor/functions/gates.ts'],
        [
          'relu',
          'selu',
          'silu',
          'mish',
          'softplus',
          'softsign',
          'logSigmoid',
          'hardsigmoid',
          'hardswish',
          'leakyRelu',
          'elu',
          'hardtanh',
          'gelu',
          'sigmoid',
          'tanh',
          'softmax',
          'logSoftmax',
        ],
      ),
      topic(
        'windows',
        'Convolution, pooling and resampling',
        '卷积、池化与重采样',
        [
          'tensor/functions/window.ts',
          'tensor/functions/resample.ts',
          'tensor/functions/spatial.ts',
          'tensor/ops/window.ts',
          'tensor/ops/resample.ts',
          'tensor/ops/spatial.ts',
        ],
        ['lpPool1d', 'lpPool2d', 'channelShuffle'],
      ),
      topic(
        'normalization',
        'Normalization and dropout',
        '归一化与随机失活',
        ['tensor/functions/normalization.ts', 'tensor/functions/network.ts'],
        ['dropout1d', 'dropout2d', 'dropout3d', 'alphaDropout', 'featureAlphaDropout', 'localResponseNorm'],
      ),
      topic('attention', 'Attention', '注意力', ['tensor/functions/attention.ts']),
      topic('losses', 'Loss functions', '损失函数', [
        'tensor/functions/loss.ts',
        'tensor/functions/label-losses.ts',
        'tensor/functions/margins.ts',
        'tensor/functions/ctc.ts',
      ]),
    ],
  },
  {
    title: { en: 'Gradients and compilation', zh: '梯度与编译' },
    topics: [
      topic('gradients', 'Gradients and transformations of functions', '梯度与函数变换', [
        'tensor/grad.ts',
        'tensor/gradcheck.ts',
        'tensor/transforms/',
      ]),
      topic('compilation', 'Compilation, precision and devices', '编译、精度与设备', [
        'tensor/compile.ts',
        'tensor/inspect.ts',
        'tensor/precision.ts',
        'tensor/engine.ts',
        'tensor/backends/',
      ]),
    ],
  },
  {
    title: { en: 'Layers: nn', zh: '网络层：nn' },
    topics: [
      topic('nn-modules', 'Modules and containers', '模块与容器', [
        'nn/module.ts',
        'nn/layer.ts',
        'nn/containers.ts',
        'nn/parameter-containers.ts',
        'nn/shape.ts',
        'nn/summary.ts',
      ]),
      topic('nn-linear', 'Linear layers and embeddings', '线性层与嵌入', [
        'nn/linear.ts',
        'nn/pairs.ts',
        'nn/embedding.ts',
        'nn/positions.ts',
      ]),
      topic(
        'nn-convolution',
        'Convolution, pooling, padding and resampling',
        '卷积、池化、填充与重采样',
        [
          'nn/convolution.ts',
          'nn/pooling.ts',
          'nn/unpooling.ts',
          'nn/padding.ts',
          'nn/resample.ts',
          'nn/upsampling.ts',
        ],
        ['nn.LPPool1d', 'nn.LPPool2d', 'nn.ChannelShuffle'],
      ),
      topic('nn-recurrent', 'Recurrent networks', '循环网络', ['nn/recurrent.ts', 'nn/recurrent-cells.ts']),
      topic('nn-transformer', 'Attention and transformers', '注意力与 Transformer', [
        'nn/attention.ts',
        'nn/transformer.ts',
      ]),
      topic('nn-normalization', 'Normalization and dropout', '归一化与随机失活', [
        'nn/normalization.ts',
        'nn/batch-norm.ts',
        'nn/dropout.ts',
        'nn/channels.ts',
      ]),
      topic('nn-activations', 'Activations', '激活层', ['nn/activations.ts', 'nn/activations-shrink.ts']),
      topic('nn-losses', 'Losses', '损失', [
        'nn/losses.ts',
        'nn/losses-ctc.ts',
        'nn/losses-labels.ts',
        'nn/losses-margins.ts',
      ]),
      topic('nn-init', 'Starts of parameters: nn.init', '参数初始化：nn.init', [
        'nn/init.ts',
        'nn/init-structured.ts',
      ]),
      topic('nn-utils', 'Changing modules: nn.utils', '模块工具：nn.utils', [
        'nn/spectral-norm.ts',
        'nn/weight-norm.ts',
        'nn/vectors.ts',
        'nn/reparametrize.ts',
      ]),
    ],
  },
  {
    title: { en: 'Training', zh: '训练' },
    topics: [
      topic('optim', 'Optimizers', '优化器', ['optim/']),
      topic('schedules', 'Learning rate schedules', '学习率调度', ['optim/lr-']),
      topic('training', 'Training and evaluation', '训练与评估', ['train/']),
      topic('callbacks', 'Callbacks and TensorBoard', '回调与 TensorBoard', [
        'train/callbacks/',
        'train/tensorboard/',
      ]),
      topic('metrics', 'Metrics', '指标', ['metrics/']),
      topic('data', 'Data', '数据', ['data/']),
      topic('transforms', 'Changing pictures: transforms', '图像变换：transforms', ['data/transforms/']),
      topic('audio', 'Sound: audio', '声音：audio', ['data/audio/']),
      topic('datasets', 'Data sets: nacre/datasets', '数据集：nacre/datasets', ['datasets/']),
      topic('models', 'Models: nacre/models', '模型：nacre/models', ['models/']),
      topic('plot', 'Pictures: nacre/plot', '绘图：nacre/plot', ['plot/']),
      topic('terminal', 'Drawing in the terminal: nacre/terminal', '终端绘图：nacre/terminal', [
        'plot/terminal/',
        'plot/language.ts',
      ]),
      topic('tune', 'Search: nacre/tune', '超参数搜索：nacre/tune', ['tune/']),
      topic('io', 'Files', '文件', ['io/']),
      topic('errors', 'Errors', '错误', ['base/errors.ts'], ['FileError', 'GradientMismatchError']),
    ],
  },
];

export const topics: readonly Topic[] = parts.flatMap((part) => part.topics);

/** The page of a name: the one that lists it, else the one with the longest place that its file lies in. */
export function topicOf(name: string, file: string): Topic | null {
  const listed = topics.find(({ names }) => names?.includes(name));
  if (listed) return listed;
  let best: Topic | null = null;
  let length = 0;
  for (const candidate of topics) {
    for (const place of candidate.places) {
      if (file.startsWith(place) && place.length > length) [best, length] = [candidate, place.length];
    }
  }
  return best;
}
