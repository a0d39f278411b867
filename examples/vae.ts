import {
  compile,
  DataLoader,
  linspace,
  meshgrid,
  noGrad,
  optim,
  randn,
  stack,
  type Tensor,
  tensor,
} from 'nacre';
import { mnist } from 'nacre/datasets';
import { VariationalAutoencoder, vaeLoss } from 'nacre/models';
import { imageGrid, lineChart, scatterChart } from 'nacre/plot';
import { firstImages } from './support/images.ts';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('vae', { epochs: 20, smallEpochs: 2 });

lesson.say({
  en: `An autoencoder puts digits somewhere in the space of its codes; between them lies nothing that means anything. A variational
       autoencoder puts each in a cloud, and pulls all clouds towards one, the standard normal distribution, until they touch. From then on
       every point of the space is a digit, and new digits are drawn by drawing a point. Here the space has two dimensions, so
       that it can be shown whole: a map of all handwritten digits.`,
  zh: `自编码器把数字放在编码空间的某处，之间的地方毫无意义。变分自编码器把每个数字放进一团云，并把所有的云拉向标准正态分布，直到彼此相接。
       这样空间的每一点都是一个数字，随机取一点就画出新的数字。这里的空间只有两维，可以整个画出来：一张手写数字的地图。`,
});

const digits = await mnist({ dir: lesson.dataDir('mnist') });
const train = lesson.small ? firstImages(digits.train, 1000) : digits.train;
const test = lesson.small ? firstImages(digits.test, 500) : digits.test;

const model = new VariationalAutoencoder(784, 2, { hidden: [512, 256] });
const adam = new optim.Adam(model.parameters(), { lr: 1e-3 });

// The loss is the negative evidence lower bound (ELBO): how badly pixels are given back, plus how far clouds are from the normal one.
const step = compile((x: Tensor) => {
  const pixels = x.flatten(1) as Tensor;
  const loss = vaeLoss(model.forward(pixels), pixels);
  adam.zeroGrad();
  loss.backward();
  adam.step();
  return loss;
});
const measure = compile((x: Tensor) =>
  noGrad(() => {
    const pixels = x.flatten(1) as Tensor;
    return vaeLoss(model.forward(pixels), pixels);
  }),
);

const batches = new DataLoader(train, { batchSize: 100, shuffle: true, dropLast: true });
const testBatches = new DataLoader(test, { batchSize: 100, dropLast: true });

/** The mean bound over all batches, in nats a digit. */
async function mean(loader: DataLoader, bound: (x: Tensor) => Tensor): Promise<number> {
  let sum = 0;
  for await (const [x] of loader) sum -= await bound(x).item();
  return sum / loader.length;
}

const curves: { train: number[]; test: number[] } = { train: [], test: [] };
for (let epoch = 1; epoch <= lesson.epochs; epoch++) {
  lesson.signal.throwIfAborted();
  adam.lr = 1e-3 * (1 - (0.9 * (epoch - 1)) / lesson.epochs);
  curves.train.push(await mean(batches, step));
  curves.test.push(await mean(testBatches, measure));
  const [seen, unseen] = [curves.train[epoch - 1].toFixed(1), curves.test[epoch - 1].toFixed(1)];
  lesson.verbatim(
    lesson.text({
      en: `Epoch ${epoch}/${lesson.epochs}: ELBO ${seen} nats in training, ${unseen} on the test`,
      zh: `第 ${epoch}/${lesson.epochs} 轮：ELBO 训练 ${seen}，测试 ${unseen}（nat）`,
    }),
  );
}
await lesson.picture(
  'elbo',
  lineChart(
    [
      { name: lesson.text({ en: 'training', zh: '训练' }), y: curves.train },
      { name: lesson.text({ en: 'test', zh: '测试' }), y: curves.test },
    ],
    {
      xLabel: lesson.text({ en: 'epoch', zh: '轮次' }),
      yLabel: lesson.text({ en: 'ELBO, nats', zh: 'ELBO（nat）' }),
    },
  ),
);

model.eval();

lesson.say({
  en: `Where the digits of the test lie on the map, each by the centre of its cloud. Nobody told the network which is which; that
       threes lie together is because they look alike.`,
  zh: `测试数字在地图上的位置，每个以其云的中心表示。没有人告诉网络哪个是哪个；3 聚在一起是因为它们看起来相像。`,
});
const shown = firstImages(test, 3000);
const pixels = tensor(shown.images, { dtype: 'uint8', shape: [shown.count, 784] })
  .to('float32')
  .div(255) as Tensor;
const [centres] = noGrad(() => model.encode(pixels));
const places = await centres.data();
await lesson.picture(
  'latent-map',
  scatterChart(
    Array.from({ length: 10 }, (_, digit) => {
      const own = [...shown.labels.keys()].filter((i) => shown.labels[i] === digit);
      return {
        name: String(digit),
        x: own.map((i) => places[2 * i]),
        y: own.map((i) => places[2 * i + 1]),
      };
    }),
    { width: 720, height: 640, xLabel: 'z₁', yLabel: 'z₂', size: 4 },
  ),
);

lesson.say({
  en: 'The map itself: what the decoder draws at each place, from (-2, 2) above left to (2, -2) below right.',
  zh: '地图本身：解码器在每个位置画出的数字，左上是 (-2, 2)，右下是 (2, -2)。',
});
const side = 16;
const [down, across] = meshgrid(linspace(2, -2, side), linspace(-2, 2, side));
const grid = stack([across, down], 2).reshape([side * side, 2]) as Tensor;
/** Grey pictures of codes [N, 2]. */
const drawn = (codes: Tensor): Tensor =>
  noGrad(() => model.decode(codes).sigmoid().reshape([-1, 28, 28]) as Tensor);
await lesson.picture(
  'map-of-digits',
  imageGrid(drawn(grid), { columns: side, range: [0, 1], imageSize: 28 }),
);

lesson.say({
  en: 'New digits, from points drawn at random from the standard normal distribution:',
  zh: '新的数字，由标准正态分布中随机取的点画出：',
});
await lesson.picture(
  'samples',
  imageGrid(drawn(randn([40, 2])), { columns: 10, range: [0, 1], imageSize: 56 }),
);

lesson.result({ en: 'ELBO on the test', zh: '测试 ELBO' }, curves.test.at(-1)!, { unit: 'nats', digits: 1 });
await lesson.close();
