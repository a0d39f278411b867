/** A small grammar that says the same in English and in Chinese. */

export type Pair = readonly [english: string, chinese: string];

interface Subject {
  readonly english: string;
  readonly chinese: string;
  /** Whether its verb takes an s. */
  readonly isThird: boolean;
}

const subject = (english: string, chinese: string, isThird = false): Subject => ({
  english,
  chinese,
  isThird,
});

const subjects = [
  subject('I', '我'),
  subject('you', '你'),
  subject('we', '我们'),
  subject('they', '他们'),
  subject('he', '他', true),
  subject('she', '她', true),
  subject('my mother', '我妈妈', true),
  subject('the teacher', '老师', true),
];

const verbs = [
  { base: 'buy', past: 'bought', chinese: '买' },
  { base: 'sell', past: 'sold', chinese: '卖' },
  { base: 'bring', past: 'brought', chinese: '带' },
  { base: 'draw', past: 'drew', chinese: '画' },
  { base: 'find', past: 'found', chinese: '找到' },
  { base: 'need', past: 'needed', chinese: '需要' },
  { base: 'borrow', past: 'borrowed', chinese: '借' },
  { base: 'lose', past: 'lost', chinese: '丢' },
];

/** Chinese counts things by a word that depends on the thing: two volumes of books, two leaves of tickets. */
const nouns = [
  { one: 'book', many: 'books', measure: '本', chinese: '书' },
  { one: 'apple', many: 'apples', measure: '个', chinese: '苹果' },
  { one: 'letter', many: 'letters', measure: '封', chinese: '信' },
  { one: 'ticket', many: 'tickets', measure: '张', chinese: '票' },
  { one: 'shirt', many: 'shirts', measure: '件', chinese: '衬衫' },
  { one: 'umbrella', many: 'umbrellas', measure: '把', chinese: '雨伞' },
  { one: 'horse', many: 'horses', measure: '匹', chinese: '马' },
  { one: 'pencil', many: 'pencils', measure: '支', chinese: '铅笔' },
];

const numbers = [
  { english: 'one', chinese: '一' },
  { english: 'two', chinese: '两' },
  { english: 'three', chinese: '三' },
  { english: 'four', chinese: '四' },
  { english: 'ten', chinese: '十' },
];

/** What a time asks of the verb, in both languages: did, do, will; 了, nothing, 会. */
const times = [
  { english: 'yesterday', chinese: '昨天', tense: 'past' },
  { english: 'last week', chinese: '上周', tense: 'past' },
  { english: 'every day', chinese: '每天', tense: 'present' },
  { english: 'tomorrow', chinese: '明天', tense: 'future' },
] as const;

const moods = ['statement', 'negation', 'question'] as const;

type Choice = {
  readonly who: Subject;
  readonly verb: (typeof verbs)[number];
  readonly count: (typeof numbers)[number];
  readonly noun: (typeof nouns)[number];
  readonly time: (typeof times)[number];
  readonly mood: (typeof moods)[number];
};

function inEnglish({ who, verb, count, noun, time, mood }: Choice): string {
  const thing = `${count.english} ${count.english === 'one' ? noun.one : noun.many}`;
  const helper = { past: 'did', present: who.isThird ? 'does' : 'do', future: 'will' }[time.tense];
  const rest = `${verb.base} ${thing} ${time.english}`;
  if (mood === 'question') return `${helper} ${who.english} ${rest}?`;
  if (mood === 'negation') return `${who.english} ${helper} not ${rest}.`;
  if (time.tense === 'future') return `${who.english} will ${rest}.`;
  const form = time.tense === 'past' ? verb.past : verb.base + (who.isThird ? 's' : '');
  return `${who.english} ${form} ${thing} ${time.english}.`;
}

function inChinese({ who, verb, count, noun, time, mood }: Choice): string {
  const thing = `${count.chinese}${noun.measure}${noun.chinese}`;
  const isPast = time.tense === 'past';
  const will = time.tense === 'future' ? '会' : '';
  const act =
    mood === 'negation'
      ? `${isPast ? '没有' : `不${will}`}${verb.chinese}`
      : `${will}${verb.chinese}${isPast ? '了' : ''}`;
  return `${who.chinese}${time.chinese}${act}${thing}${mood === 'question' ? '吗？' : '。'}`;
}

/** Every sentence there is, each once. */
export function phrases(): Pair[] {
  const pairs: Pair[] = [];
  for (const who of subjects)
    for (const verb of verbs)
      for (const count of numbers)
        for (const noun of nouns)
          for (const time of times)
            for (const mood of moods) {
              const choice = { who, verb, count, noun, time, mood };
              pairs.push([inEnglish(choice), inChinese(choice)]);
            }
  return pairs;
}
