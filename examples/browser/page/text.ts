/** Everything the page says, in both languages. */

const en = {
  tagline: 'Networks that learn in this page, on your own machine.',
  pointsTab: 'Points in a plane',
  digitsTab: 'Handwritten digits',
  pointsLead: 'A network of two hidden layers tells the colours apart. Watch the border find its shape.',
  dataSet: 'Data',
  moons: 'Moons',
  spirals: 'Spirals',
  galaxy: 'Galaxy',
  learningRate: 'Learning rate',
  pace: 'Steps / second',
  unlimited: 'no limit',
  start: 'Start',
  pause: 'Pause',
  reset: 'Reset',
  step: 'Step',
  epoch: 'Epoch',
  loss: 'Loss',
  accuracy: 'Accuracy',
  testAccuracy: 'Test accuracy',
  timePerStep: 'Time per step',
  lossCurve: 'Loss over steps',
  plane: 'The points, and what the network says of every place of the plane',
  digitsLead: '784 pixels → 128 → 64 → 32 → 10 digits, learned from real handwriting, 32 digits a step.',
  draw: 'Draw a digit here',
  clear: 'Clear',
  seen: 'What the network sees: 28 × 28 pixels, centred by mass.',
  samples: 'Digits it never trained on. Marked: misread, and as what.',
  loading: 'Getting ready…',
  private: 'Nothing leaves this page.',
  language: 'Language',
  threads: (count: number) => `${count} ${count === 1 ? 'thread' : 'threads'}`,
  isolated: 'shared memory',
  notIsolated: 'without shared memory, as the page is not cross-origin isolated',
  failure: (message: string) => `Something went wrong: ${message}`,
};

/** Names of all texts, and the form of those that take a value. */
export type Text = typeof en;

const zh: Text = {
  tagline: '神经网络就在这个页面里、在你自己的电脑上学习。',
  pointsTab: '平面上的点',
  digitsTab: '手写数字',
  pointsLead: '一个有两个隐藏层的网络学着把颜色分开。看边界如何成形。',
  dataSet: '数据',
  moons: '双月',
  spirals: '双螺旋',
  galaxy: '星系',
  learningRate: '学习率',
  pace: '每秒步数',
  unlimited: '不限',
  start: '开始',
  pause: '暂停',
  reset: '重置',
  step: '步数',
  epoch: '轮次',
  loss: '损失',
  accuracy: '准确率',
  testAccuracy: '测试准确率',
  timePerStep: '每步用时',
  lossCurve: '损失随步数的变化',
  plane: '这些点，以及网络对平面上每一处的判断',
  digitsLead: '784 个像素 → 128 → 64 → 32 → 10 个数字，从真实手写中学习，每步 32 个。',
  draw: '在这里写一个数字',
  clear: '清除',
  seen: '网络看到的：28 × 28 像素，按质心居中。',
  samples: '没有参与训练的数字。有标记的是认错的，以及认成了什么。',
  loading: '正在准备…',
  private: '任何数据都不会离开本页。',
  language: '语言',
  threads: (count) => `${count} 个线程`,
  isolated: '共享内存',
  notIsolated: '没有共享内存，因为页面未跨源隔离',
  failure: (message) => `出错了：${message}`,
};

export const languages = { en, zh } as const;
export type Language = keyof typeof languages;

/** The first of the visitor's languages that there is a text for. */
export function preferredLanguage(wanted: readonly string[]): Language {
  const known = wanted.map((tag) => tag.toLowerCase().split('-')[0]).find((tag) => tag in languages);
  return (known as Language | undefined) ?? 'en';
}

type PlainName = { [Name in keyof Text]: Text[Name] extends string ? Name : never }[keyof Text];

/** Writes the texts of a language wherever the page has named one. */
export function writeTexts(language: Language): void {
  const text = languages[language];
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  for (const element of document.querySelectorAll<HTMLElement>('[data-text]')) {
    element.textContent = text[element.dataset.text as PlainName];
  }
}
