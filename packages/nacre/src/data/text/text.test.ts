import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pretrainedTokenizer, Tokenizer, Vocabulary } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'nacre-text-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('Vocabulary', () => {
  const texts = [['b', 'a', 'c'], ['b', 'a'], ['b']];

  it('counts, orders, cuts', () => {
    expect(Vocabulary.build(texts).tokens).toEqual(['<pad>', '<unk>', 'b', 'a', 'c']);
    expect(Vocabulary.build(texts, { minCount: 2, maxSize: 3 }).tokens).toEqual(['<pad>', '<unk>', 'b']);
    const specials = { unknown: null, end: '</s>' };
    const words = Vocabulary.build(texts, { specials });
    expect([words.tokens, words.special('end'), words.special('begin')]).toEqual([
      ['<pad>', '</s>', 'b', 'a', 'c'],
      1,
      undefined,
    ]);
  });

  it('says which token is unknown, or takes the unknown one', () => {
    expect(Vocabulary.build(texts).encode(['a', 'z'])).toEqual([3, 1]);
    const strict = Vocabulary.build(texts, { specials: { unknown: null } });
    expect(() => strict.encode(['a', 'z'])).toThrow('the token "z" is unknown');
    expect(() => strict.decode([9])).toThrow('no token has the number 9; there are 4');
  });

  it('refuses what is none', () => {
    expect(() => Vocabulary.build([])).toThrow('no token appears in the texts');
    expect(() => new Vocabulary(['a', 'a'])).toThrow('"a" is there twice');
    expect(() => new Vocabulary(['a'], { pad: '<pad>' })).toThrow('"<pad>" is not among the tokens');
    expect(() => Vocabulary.build(texts, { specials: { pading: 'x' } as never })).toThrow(
      'there is no option pading',
    );
    expect(() => Vocabulary.fromJSON({ tokens: 'abc' })).toThrow('holds no vocabulary');
  });
});

describe('Tokenizer', () => {
  it('parts Chinese into words and joins them again', () => {
    const tokenizer = new Tokenizer({ punctuation: true }).fit(['这本书非常好看，我喜欢。']);
    const tokens = tokenizer.tokenize('这本书非常好看，我喜欢。');
    expect(tokens).toContain('喜欢');
    expect(tokens.length).toBeLessThan(12);
    expect(tokenizer.decode(tokenizer.encode('这本书非常好看，我喜欢。'))).toBe('这本书非常好看，我喜欢。');
  });

  it('joins words of other scripts by spaces', () => {
    const text = 'The 3 cats, aged 1.5, sleep!';
    const tokenizer = new Tokenizer({ punctuation: true }).fit([text]);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('keeps every character, also outside the first plane', () => {
    const tokenizer = new Tokenizer({ unit: 'character' }).fit(['a 😀\n字']);
    expect(tokenizer.tokenize('😀a')).toEqual(['😀', 'a']);
    expect(tokenizer.decode(tokenizer.encode('字😀\n a'))).toBe('字😀\n a');
  });

  it('puts special tokens around a text, and in no other way into it', async () => {
    const tokenizer = new Tokenizer().fit(['one two s'], { specials: { begin: '<s>', end: '</s>' } });
    const ids = tokenizer.encode('two <s> one');
    expect(tokenizer.vocabulary.decode(ids)).toEqual(['<s>', 'two', 's', 'one', '</s>']);
    expect(tokenizer.decode(ids)).toBe('two s one');
    expect(tokenizer.encode('two', { specials: false })).toHaveLength(1);
    const batch = tokenizer.encodeBatch(['one', 'one two'], { length: 5 });
    expect([batch.dtype, batch.shape]).toEqual(['int32', [2, 5]]);
    expect(((await batch.tolist()) as number[][])[0].slice(3)).toEqual([0, 0]);
  });

  it('is saved and loaded', async () => {
    const tokenizer = new Tokenizer({ lowercase: true, locale: 'en' }).fit(['A b c']);
    const path = join(folder, 'tokenizer.json');
    await tokenizer.save(path);
    const loaded = await Tokenizer.load(path);
    expect(loaded.toJSON()).toEqual(tokenizer.toJSON());
    expect(loaded.encode('C B x')).toEqual(tokenizer.encode('c b x'));
    writeFileSync(path, 'not json');
    await expect(Tokenizer.load(path)).rejects.toThrow('tokenizer.json is not JSON');
    expect(() => Tokenizer.fromJSON({ model: {} })).toThrow('pretrainedTokenizer');
  });

  it('refuses what is none', () => {
    expect(() => new Tokenizer().encode('a')).toThrow('it has no vocabulary yet');
    expect(() => new Tokenizer({ unit: 'char' as never })).toThrow('unit is character or word, got "char"');
    expect(() => new Tokenizer({ locale: 'no language' })).toThrow('there is no language');
    expect(() => new Tokenizer().tokenize(5 as never)).toThrow('a text is a string, got number');
    expect(() => new Tokenizer().fit(['...'])).toThrow('no token appears in the texts');
  });
});

/** A WordPiece tokenizer of eight tokens, as Hugging Face writes one. */
const wordPiece = {
  version: '1.0',
  added_tokens: [],
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, play: 1, '##ing': 2, '##ed': 3, un: 4, '##play': 5, the: 6, cat: 7 },
  },
};

describe('pretrainedTokenizer', () => {
  it('cuts words into pieces', async () => {
    writeFileSync(join(folder, 'word-piece.json'), JSON.stringify(wordPiece));
    const tokenizer = await pretrainedTokenizer(join(folder, 'word-piece.json'));
    expect(tokenizer.tokenize('The cat played')).toEqual(['the', 'cat', 'play', '##ed']);
    expect(tokenizer.encode('unplaying dog')).toEqual([4, 5, 2, 0]);
    expect(tokenizer.decode([6, 7, 1, 2])).toBe('the cat playing');
    expect([tokenizer.size, tokenizer.id('cat')]).toEqual([8, 7]);
    expect(() => tokenizer.id('dog')).toThrow('there is no token "dog"');
  });

  it('refuses what is no tokenizer', async () => {
    await expect(pretrainedTokenizer({})).rejects.toThrow('it has no model');
    await expect(pretrainedTokenizer(join(folder, 'none'))).rejects.toThrow('tokenizer.json');
  });
});
