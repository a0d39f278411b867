import type { Bilingual } from './lesson.ts';

/** Every example by its name, in reading order: what it teaches, in a line. */
export const catalogue = {
  perceptron: {
    en: 'One neuron learns what a line can separate; XOR needs a second layer',
    zh: '单个神经元能学会直线可分的问题；异或需要第二层',
  },
  'mnist-mlp': {
    en: 'Handwritten digits with two hidden layers: data, training, test, mistakes',
    zh: '用两个隐藏层识别手写数字：数据、训练、测试、错误分析',
  },
  'mnist-lenet': {
    en: 'The same digits with LeNet-5: what convolutions bring',
    zh: '用 LeNet-5 识别同样的数字：卷积带来了什么',
  },
  regularization: {
    en: 'Overfitting, and what helps: L1, L2, dropout, early stopping, augmentation',
    zh: '过拟合与对策：L1、L2、dropout、早停、数据增强',
  },
  optimizers: {
    en: 'SGD, momentum, Adagrad, RMSprop and Adam walk down the same valley',
    zh: 'SGD、动量、Adagrad、RMSprop、Adam 走下同一个山谷',
  },
  tune: {
    en: 'How many layers and units: a search tries forty, and keeps the best',
    zh: '几层、每层多少单元：自动搜索试四十种，留下最好的',
  },
  imbalanced: {
    en: 'One case in fifty: accuracy misleads, class weights and weighted sampling help',
    zh: '五十个里才有一个：准确率会误导，类别权重与加权采样有帮助',
  },
  'cifar10-cnn': {
    en: 'Colour photographs with a small convolutional network',
    zh: '用小型卷积网络识别彩色照片',
  },
  'cifar10-resnet': {
    en: 'The same photographs with a residual network and augmentation',
    zh: '用残差网络和数据增强识别同样的照片',
  },
  autoencoder: {
    en: 'Digits through a bottleneck: reconstruct them, remove noise',
    zh: '让数字通过瓶颈：重建与去噪',
  },
  vae: {
    en: 'A map of all digits in two dimensions, and new ones drawn from it',
    zh: '把所有数字画成二维地图，并从中生成新的数字',
  },
  gan: {
    en: 'Two networks play against each other until one draws digits',
    zh: '两个网络相互对抗，直到其中一个学会写数字',
  },
  'stock-lstm': {
    en: 'Share prices with an LSTM, beside the forecast “as yesterday”',
    zh: '用 LSTM 预测股价，并与“和昨天一样”的预测相比',
  },
  'sentiment-zh': {
    en: 'Chinese reviews, positive or negative: LSTM and Transformer, explained word by word',
    zh: '中文评论的情感分类：LSTM 与 Transformer，逐词解释',
  },
  'char-gpt': {
    en: 'A small GPT learns to write like Shakespeare, character by character',
    zh: '小型 GPT 逐字符学习莎士比亚的文风',
  },
  translate: {
    en: 'Dates and short phrases from one language to another, with attention shown',
    zh: '翻译日期与短语，并画出注意力',
  },
} as const satisfies Readonly<Record<string, Bilingual>>;

export type ExampleName = keyof typeof catalogue;
