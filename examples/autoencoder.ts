import {
  ArrayDataset,
  evaluate,
  fit,
  mseLoss,
  type nn,
  optim,
  predict,
  randn,
  type Tensor,
  tensor,
} from 'nacre';
import { mnist } from 'nacre/datasets';
import { Autoencoder, ConvAutoencoder, DenoisingAutoencoder } from 'nacre/models';
import { imageGrid } from 'nacre/plot';
import { firstImages } from './support/images.ts';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('autoencoder', { epochs: 5 });

lesson.say({
  en: `A network that has to give back what it gets learns nothing, if it can pass it on. So let it through a bottleneck: an encoder
       makes 32 numbers of a digit's 784 pixels, and a decoder makes the digit of those. No labels are needed. What fits through is what
       digits have in common: strokes, loops, slants, and not each pixel by itself.`,
  zh: `如果网络可以原样传递，要求它输出输入就学不到东西。所以让它通过一个瓶颈：编码器把数字的 784 个像素变成 32 个数，解码器再由它们还原数字。
       不需要标签。能通过瓶颈的是数字的共同之处：笔画、圈、倾斜，而不是每个像素本身。`,
});

const digits = await mnist({ dir: lesson.dataDir('mnist') });
const train = lesson.small ? firstImages(digits.train, 1000) : digits.train;
const test = lesson.small ? firstImages(digits.test, 200) : digits.test;

/** Digits as both input and target. Bytes stay bytes until a step needs them. */
const asTarget = ({ images }: { images: Uint8Array }, shape: readonly number[]): ArrayDataset =>
  new ArrayDataset(images, images, { shape, targetShape: shape, scale: 1 / 255, targetDType: 'uint8' });

/** Mean squared error of a pixel, whose values go from 0 to 1. */
const pixelError = (output: Tensor, bytes: Tensor): Tensor =>
  mseLoss(output, bytes.to('float32').div(255) as Tensor);

/** The same as the ratio of the brightest pixel to the error, in decibels: 10 more are a tenth of the error. */
const decibels = (error: number): number => -10 * Math.log10(error);

async function learn(label: string, model: nn.Module, shape: readonly number[]): Promise<void> {
  await fit(model, asTarget(train, shape), {
    optimizer: new optim.Adam(model.parameters(), { lr: 1e-3 }),
    loss: pixelError,
    epochs: lesson.epochs,
    batchSize: 128,
    ...lesson.follow({ label }),
  });
}

const plain = new Autoencoder([784, 256, 32], { sigmoid: true });
await learn('plain', plain, [784]);

lesson.say({
  en: `The second one is made of convolutions, which look for the same pattern everywhere. Its code is an image too: 7 × 7 places
       with 4 numbers each: six times as many as before, but from 1,477 weights in place of 419,120.`,
  zh: `第二个由卷积组成，在各处寻找同样的图案。它的编码也是一幅图：7 × 7 个位置，每处 4 个数。数的个数是前一个的六倍，权重却只有 1,477 个，而不是 419,120 个。`,
});
const convolutional = new ConvAutoencoder({ channels: [16, 4] });
await learn('convolutional', convolutional, [1, 28, 28]);

lesson.say({
  en: `The third one gets noise on its digits while it trains, and has to give them back without. That cannot be copied, only known.`,
  zh: `第三个在训练时看到的是加了噪声的数字，却要还原出干净的。这抄不来，只能靠懂。`,
});
const noise = 0.5;
const denoising = new DenoisingAutoencoder([784, 512, 128], {
  sigmoid: true,
  noise: 'gaussian',
  amount: noise,
});
await learn('denoising', denoising, [784]);

// All of the test, with noise that no network has seen.
const clean = tensor(test.images, { dtype: 'uint8', shape: [test.count, 784] })
  .to('float32')
  .div(255) as Tensor;
const noisy = clean.add(randn([test.count, 784]).mul(noise)) as Tensor;
const cleaned = await predict(denoising, noisy);

const errors = {
  plain: (await evaluate(plain, asTarget(test, [784]))).loss,
  convolutional: (await evaluate(convolutional, asTarget(test, [1, 28, 28]))).loss,
  noisy: await mseLoss(noisy, clean).item(),
  throughPlain: await mseLoss(await predict(plain, noisy), clean).item(),
  cleaned: await mseLoss(cleaned, clean).item(),
  mean: await clean.sub(clean.mean(0)).square().mean().item(),
};
lesson.table(
  [
    { en: 'test digits', zh: '测试数字' },
    { en: 'numbers in the code', zh: '编码的数' },
    { en: 'mean squared error', zh: '均方误差' },
    { en: 'PSNR, dB', zh: 'PSNR（dB）' },
  ],
  [
    [
      { en: 'the mean of all digits for each', zh: '一律用所有数字的平均' },
      0,
      errors.mean,
      decibels(errors.mean),
    ],
    [{ en: 'plain autoencoder', zh: '普通自编码器' }, 32, errors.plain, decibels(errors.plain)],
    [
      { en: 'convolutional autoencoder', zh: '卷积自编码器' },
      196,
      errors.convolutional,
      decibels(errors.convolutional),
    ],
    [{ en: 'with noise', zh: '加噪声后' }, 784, errors.noisy, decibels(errors.noisy)],
    [
      { en: 'noise, through the plain one', zh: '噪声图经普通自编码器' },
      32,
      errors.throughPlain,
      decibels(errors.throughPlain),
    ],
    [
      { en: 'noise, through the denoising one', zh: '噪声图经去噪自编码器' },
      128,
      errors.cleaned,
      decibels(errors.cleaned),
    ],
  ],
);

/** One example of each digit, and what became of it, row by row. */
const chosen = Array.from({ length: 10 }, (_, digit) => test.labels.indexOf(digit));
const show = (all: Tensor): Tensor =>
  all.reshape([test.count, 28, 28]).indexSelect(0, tensor(chosen, { dtype: 'int32' })) as Tensor;
const picture = (rows: readonly Tensor[]) =>
  imageGrid(
    rows.flatMap((row) => Array.from({ length: 10 }, (_, i) => row.narrow(0, i, 1).reshape([28, 28]))),
    { columns: 10, range: [0, 1], imageSize: 56 },
  );
lesson.say({
  en: 'Above the digits of the test, then what the plain and what the convolutional network give back:',
  zh: '第一行是测试数字，下面依次是普通网络和卷积网络还原的结果：',
});
await lesson.picture(
  'reconstructions',
  picture([
    show(clean),
    show(await predict(plain, clean)),
    show(await predict(convolutional, clean.reshape([test.count, 1, 28, 28]) as Tensor)),
  ]),
);
lesson.say({
  en: 'The same digits, with noise, and what the denoising network makes of that:',
  zh: '同样的数字、加噪声后、去噪网络的结果：',
});
await lesson.picture('denoised', picture([show(clean), show(noisy), show(cleaned)]));

const dB = { unit: 'dB', digits: 2 };
lesson.result({ en: 'plain: PSNR', zh: '普通：PSNR' }, decibels(errors.plain), { ...dB, atLeast: 20 });
lesson.result({ en: 'convolutional: PSNR', zh: '卷积：PSNR' }, decibels(errors.convolutional), {
  ...dB,
  atLeast: 25,
});
lesson.result({ en: 'with noise: PSNR', zh: '加噪声：PSNR' }, decibels(errors.noisy), dB);
lesson.result({ en: 'denoised: PSNR', zh: '去噪后：PSNR' }, decibels(errors.cleaned), { ...dB, atLeast: 18 });
await lesson.close();
