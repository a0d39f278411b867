export { AlexNet, type AlexNetOptions } from './alexnet.ts';
export {
  Autoencoder,
  type AutoencoderOptions,
  ConvAutoencoder,
  type ConvAutoencoderOptions,
  DenoisingAutoencoder,
  type DenoisingAutoencoderOptions,
} from './autoencoder.ts';
export { Bert, BertClassifier, type BertInputs, type BertOptions, type BertOutput } from './bert.ts';
export { type CharGenerateOptions, CharRNN, type CharRNNOptions } from './char-rnn.ts';
export {
  DCGANDiscriminator,
  DCGANGenerator,
  type DCGANGeneratorOptions,
  type DCGANOptions,
} from './dcgan.ts';
export { type GenerateOptions, GPT2, type GPT2Options } from './gpt2.ts';
export { LeNet5, type LeNet5Options } from './lenet.ts';
export { LSTMClassifier, type LSTMClassifierOptions } from './lstm-classifier.ts';
export { MLP, type MLPActivation, type MLPOptions } from './mlp.ts';
export { MobileNetV2, type MobileNetV2Options } from './mobilenet-v2.ts';
export { Perceptron } from './perceptron.ts';
export { ResNet, type ResNetOptions } from './resnet.ts';
export { type SamplingOptions, sampleToken } from './sampling.ts';
export { type Seq2SeqOptions, Seq2SeqTransformer, type TranslateOptions } from './sequence-to-sequence.ts';
export { UNet, type UNetOptions } from './unet.ts';
export {
  VariationalAutoencoder,
  type VariationalAutoencoderOptions,
  type VariationalOutput,
  vaeLoss,
} from './variational-autoencoder.ts';
export { VGG, type VGGOptions } from './vgg.ts';
export { VisionTransformer, type VisionTransformerOptions } from './vit.ts';
