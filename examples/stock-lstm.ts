import {
  fit,
  MinMaxScaler,
  nn,
  optim,
  predict,
  type SlidingWindows,
  slidingWindows,
  type Tensor,
} from 'nacre';
import { sp500, stockPrices } from 'nacre/datasets';
import { lineChart } from 'nacre/plot';
import { openLesson } from './support/lesson.ts';

const lesson = await openLesson('stock-lstm', { epochs: 100, smallEpochs: 2 });

lesson.say({
  en: `The task of a hundred tutorials: from the closing prices of 60 days, tell that of the next. An LSTM reads the days in order and
       keeps in its state what matters. The picture always looks splendid. What it is worth, one question tells: is it better than
       saying “as yesterday”?`,
  zh: `上百篇教程做过的任务：根据 60 天的收盘价预测下一天。LSTM 按顺序读入每一天，把重要的信息留在状态里。画出来的图总是很漂亮。
       它有没有价值，只需问一句：它比“和昨天一样”更准吗？`,
});

// Apple's shares where the file is there (it ends in February 2023); else the S&P 500 index, which comes with an npm package.
const folder = lesson.dataDir('stocks');
const { close, dates } = folder
  ? await stockPrices(`${folder}/AAPL.csv`, { from: '2020-01-01', to: '2023-12-31' })
  : await sp500({ from: '2017-01-01' });

// Tests come after the training in time: days drawn at random would let the network look ahead.
const size = 60;
const cut = Math.floor(0.8 * close.length);

// Networks like small numbers. The scale is that of the training part alone: nobody knew the later prices then.
const scaler = new MinMaxScaler().fit(close.subarray(0, cut));
const scaled = scaler.transform(close);
const train = slidingWindows(scaled.subarray(0, cut), { size });
const test = slidingWindows(scaled.subarray(cut - size), { size });
lesson.table(
  [
    { en: 'part', zh: '部分' },
    { en: 'from', zh: '起' },
    { en: 'to', zh: '止' },
    { en: 'windows', zh: '窗口数' },
  ],
  [
    [{ en: 'training', zh: '训练' }, dates[0], dates[cut - 1], train.length],
    [{ en: 'test', zh: '测试' }, dates[cut], dates.at(-1)!, test.length],
  ],
);

/** Prices [N, days, 1] to the next price [N, 1]. */
class PriceLSTM extends nn.Module {
  readonly lstm = new nn.LSTM(1, 32, { batchFirst: true });
  readonly fc = new nn.Linear(32, 1);

  override forward(x: Tensor): Tensor {
    const [, [hidden]] = this.lstm.forward(x);
    return this.fc.forward(hidden.select(0, -1));
  }
}

const model = new PriceLSTM();
await fit(model, train, {
  optimizer: new optim.Adam(model.parameters(), { lr: 5e-3 }),
  loss: 'mseLoss',
  epochs: lesson.epochs,
  batchSize: 32,
  ...lesson.follow({ brief: true }),
});

/** Forecasts in dollars. */
async function forecast(windows: SlidingWindows): Promise<Float64Array> {
  const output = await predict(model, windows);
  return scaler.inverseTransform(Float64Array.from(await output.data()));
}

const real = close.subarray(cut);
const byNetwork = await forecast(test);
const asYesterday = close.subarray(cut - 1, close.length - 1);
/** Mean absolute and root mean squared error. */
function errors(forecasts: Float64Array): [mae: number, rmse: number] {
  const differences = forecasts.map((price, day) => price - real[day]);
  const mean = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  return [mean(differences.map(Math.abs)), Math.sqrt(mean(differences.map((x) => x * x)))];
}
const [networkMae, networkRmse] = errors(byNetwork);
const [naiveMae, naiveRmse] = errors(asYesterday);

await lesson.picture(
  'forecast',
  lineChart(
    [
      { name: lesson.text({ en: 'real price', zh: '真实价格' }), y: real },
      { name: 'LSTM', y: byNetwork },
      { name: lesson.text({ en: 'as yesterday', zh: '和昨天一样' }), y: asYesterday, dashed: true },
    ],
    { xNames: dates.slice(cut), yLabel: lesson.text({ en: 'closing price, $', zh: '收盘价（美元）' }) },
  ),
);
lesson.table(
  [
    { en: 'forecast', zh: '预测' },
    { en: 'mean absolute error, $', zh: '平均绝对误差（美元）' },
    { en: 'root mean squared error, $', zh: '均方根误差（美元）' },
  ],
  [
    [{ en: 'LSTM', zh: 'LSTM' }, networkMae, networkRmse],
    [{ en: 'as yesterday', zh: '和昨天一样' }, naiveMae, naiveRmse],
  ],
);

const better = networkRmse < naiveRmse;
lesson.say({
  en: `${better ? 'Here the network is a little better' : 'The network is no better'} than yesterday's price: ${networkRmse.toFixed(2)}
       against ${naiveRmse.toFixed(2)} dollars. In the picture its curve lies upon the real one, a day late: it has learned to repeat the last
       price, for tomorrow's change is nearly independent of those before it. Whoever shows such a picture without the second row of
       the table shows nothing. No trading rule follows from it.`,
  zh: `${better ? '这里网络比昨天的价格略好一点' : '网络并不比昨天的价格更准'}：均方根误差 ${networkRmse.toFixed(2)} 美元，对 ${naiveRmse.toFixed(2)} 美元。图上它的曲线贴着真实曲线，只是晚一天：
       它学会的是重复最后一个价格，因为明天的涨跌与之前的几乎无关。只给出这样的图而不给出表中第二行，等于什么也没说明。由此得不出任何交易规则。`,
});

lesson.result({ en: 'LSTM, root mean squared error', zh: 'LSTM，均方根误差' }, networkRmse, { unit: '$' });
lesson.result({ en: 'LSTM, mean absolute error', zh: 'LSTM，平均绝对误差' }, networkMae, { unit: '$' });
lesson.result({ en: 'as yesterday, root mean squared error', zh: '和昨天一样，均方根误差' }, naiveRmse, {
  unit: '$',
});
lesson.result({ en: 'as yesterday, mean absolute error', zh: '和昨天一样，平均绝对误差' }, naiveMae, {
  unit: '$',
});
await lesson.close();
