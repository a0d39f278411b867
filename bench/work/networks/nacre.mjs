/** The networks of the training and inference benchmarks in Nacre. */
import { nn } from 'nacre';
import { BERT, LSTM, RESNET_STAGES, TRANSFORMER } from './sizes.mjs';

/** The CIFAR network of the PyTorch tutorial. */
export const makeCnn = () =>
  new nn.Sequential(
    new nn.Conv2d(3, 6, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(6, 16, 5),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.Linear(400, 120),
    new nn.ReLU(),
    new nn.Linear(120, 84),
    new nn.ReLU(),
    new nn.Linear(84, 10),
  );

class Forecaster extends nn.Module {
  lstm = new nn.LSTM(LSTM.inputs, LSTM.hidden, { numLayers: LSTM.layers, batchFirst: true });
  head = new nn.Linear(LSTM.hidden, 1);

  forward(x) {
    const [output] = this.lstm.forward(x);
    return this.head.forward(output.narrow(1, LSTM.steps - 1, 1).squeeze(1)).squeeze(1);
  }
}

export const makeLstm = () => new Forecaster();

class EncoderClassifier extends nn.Module {
  encoder = new nn.TransformerEncoder(
    new nn.TransformerEncoderLayer(TRANSFORMER.width, TRANSFORMER.heads, {
      dimFeedforward: TRANSFORMER.feedForward,
      dropout: 0,
      batchFirst: true,
    }),
    TRANSFORMER.layers,
  );
  head = new nn.Linear(TRANSFORMER.width, 10);

  forward(x) {
    return this.head.forward(this.encoder.forward(x).mean(1));
  }
}

export const makeTransformer = () => new EncoderClassifier();

export const makeBertLayer = () =>
  new nn.TransformerEncoderLayer(BERT.width, BERT.heads, {
    dimFeedforward: BERT.feedForward,
    dropout: 0,
    activation: 'gelu',
    batchFirst: true,
  });

class BasicBlock extends nn.Module {
  constructor(inputs, outputs, stride) {
    super();
    this.conv1 = new nn.Conv2d(inputs, outputs, 3, { stride, padding: 1, bias: false });
    this.bn1 = new nn.BatchNorm2d(outputs);
    this.conv2 = new nn.Conv2d(outputs, outputs, 3, { padding: 1, bias: false });
    this.bn2 = new nn.BatchNorm2d(outputs);
    this.shortcut =
      stride === 1
        ? new nn.Identity()
        : new nn.Sequential(
            new nn.Conv2d(inputs, outputs, 1, { stride, bias: false }),
            new nn.BatchNorm2d(outputs),
          );
  }

  forward(x) {
    const hidden = this.bn1.forward(this.conv1.forward(x)).relu();
    return this.bn2.forward(this.conv2.forward(hidden)).add(this.shortcut.forward(x)).relu();
  }
}

/** ResNet-18 (He et al., 2016) for images of 32 × 32: its first convolution is 3 × 3, and no pooling follows it. */
export function makeResnet18() {
  const [first] = RESNET_STAGES;
  const blocks = RESNET_STAGES.flatMap((channels, i) => [
    new BasicBlock(RESNET_STAGES[Math.max(0, i - 1)], channels, i === 0 ? 1 : 2),
    new BasicBlock(channels, channels, 1),
  ]);
  return new nn.Sequential(
    new nn.Conv2d(3, first, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(first),
    new nn.ReLU(),
    ...blocks,
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(RESNET_STAGES[RESNET_STAGES.length - 1], 10),
  );
}
