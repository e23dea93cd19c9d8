import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTokenizer, type Tokenizer } from '@diffprune/bert';
import { sampleModelFolder } from '@diffprune/samples/node';
import {
  defaultSpanSettings,
  parseSquadJson,
  spanCodec,
  type QuestionExample,
  type SpanAnswer,
  type SpanFeatures,
  type SpanSettings,
} from '@diffprune/squad';
import { readSquad } from '@diffprune/squad/node';
import { itShared } from '@diffprune/testing';
import fc from 'fast-check';

/** Every answer of the questions once, as the one of a question of its own. */
function eachAnswer(questions: readonly QuestionExample[]): QuestionExample[] {
  return questions.flatMap((question) => {
    const answers = new Map(question.answers!.map((answer) => [`${answer.start} ${answer.text}`, answer]));
    return [...answers.values()].map((answer, i) => ({
      ...question,
      id: `${question.id}/${i}`,
      answers: [answer],
    }));
  });
}

/** What is decoded where a model has learnt the rows' labels by heart. */
function learnByHeart(
  examples: readonly QuestionExample[],
  tokenizer: Tokenizer,
  maxLength: number,
  settings: SpanSettings,
): SpanAnswer[] {
  const codec = spanCodec(settings);
  const features = codec.encode(examples, tokenizer, maxLength) as SpanFeatures;
  const logits = (positions: ArrayLike<number>) =>
    Array.from(positions, (position) => {
      // a window that points to [CLS] is sure of nothing else
      const row = new Float32Array(maxLength).fill(-5);
      row[position] = position === 0 ? 0 : 5;
      return row;
    });
  const { start_positions: starts, end_positions: ends } = features.labels!;
  return codec.decode({ start_logits: logits(starts!), end_logits: logits(ends!) }, examples, features);
}

/** Those that come back otherwise than they went in: the gold text and the one in its place. */
function changed(examples: readonly QuestionExample[], answers: readonly SpanAnswer[]): [string, string][] {
  return answers.flatMap(({ text, start, end }, i) => {
    const { context, answers: golds } = examples[i]!;
    expect(text).toBe(context.slice(start, end));
    const [gold] = golds!;
    return text === gold!.text ? [] : [[gold!.text, text] as [string, string]];
  });
}

describe('gold answers', () => {
  // longer ones than 30 pieces are there, too: 21 of them
  const settings = { ...defaultSpanSettings, maxAnswerLength: 60, nBest: 1 };

  /**
   * BERT answers by whole word pieces. A gold answer that begins or ends within one ("gold" of "golden") comes back with
   * the rest of its pieces; every other one comes back as it is.
   */
  itShared(
    '.',
    'of all 10,570 dev questions come back as they are, but for 62 that cut a word piece',
    async (shared) => {
      const vocabulary = await readFile(join(shared, 'fixtures/bert-tiny-sst2/vocab.txt'), 'utf8');
      const tokenizer = createTokenizer({ 'vocab.txt': vocabulary }, 30522);
      const questions = await readSquad(join(shared, 'glue/SQuAD'), 'dev');
      expect(questions).toHaveLength(10570);
      const examples = eachAnswer(questions);
      expect(examples).toHaveLength(18216);
      const cut = changed(examples, learnByHeart(examples, tokenizer, 384, settings));
      expect(cut.filter(([gold, found]) => !found.includes(gold))).toEqual([]);
      // no more than the pieces at its ends: without a space in what is added
      const added = cut.map(([gold, found]) => found.split(gold));
      expect(added.filter((parts) => parts.some((part) => /\s/.test(part)))).toEqual([]);
      expect(cut).toHaveLength(62);
    },
  );

  let tokenizer: Tokenizer;
  beforeAll(async () => {
    const vocabulary = await readFile(join(sampleModelFolder(), 'vocab.txt'), 'utf8');
    tokenizer = createTokenizer({ 'vocab.txt': vocabulary }, 8000);
  });

  // in pieces by themselves, or in words that a space or a sign ends
  const words = [
    ...[
      'Zoë',
      'Beyonce\u0301,',
      'İstanbul',
      'ΟΔΟΣ',
      'straße',
      'résumé',
      '(1816)',
      '3,000',
      '—',
      '“yes”',
      'e\u0301\u0316',
    ],
    ...[
      '東京',
      '\u{20000}中',
      '\u{1f600}',
      '\u{1f468}\u200d\u{1f469}',
      '한글',
      'film\u0000s',
      '[SEP]',
      'x\u00ad',
      'antidisestablish',
    ],
  ];
  const spaces = [' ', '  ', '\t', '\n', '\r\n', '\u00a0', '\u3000', ' \u0007 ', ' \ufeff '];

  it('of any text come back as they are, from windows of any size', () => {
    const word = fc.tuple(fc.constantFrom(...words), fc.constantFrom(...spaces));
    const asked = fc.record({
      words: fc.array(word, { minLength: 1, maxLength: 40 }),
      from: fc.nat(),
      count: fc.integer({ min: 1, max: 3 }),
      docStride: fc.integer({ min: 30, max: 40 }),
    });
    fc.assert(
      fc.property(asked, ({ words, from, count, docStride }) => {
        const first = from % words.length;
        const join = (some: typeof words) => some.map((pair) => pair.join('')).join('');
        const [before, context] = [join(words.slice(0, first)), join(words)];
        const chosen = words.slice(first, first + count);
        const text = join(chosen.slice(0, -1)) + chosen.at(-1)![0];
        // the file counts code points
        const answers = [{ text, answer_start: [...before].length }];
        const qas = [{ id: 'q', question: 'Which?', answers }];
        const file = JSON.stringify({ data: [{ title: '', paragraphs: [{ context, qas }] }] });
        const examples = parseSquadJson(new TextEncoder().encode(file), 'x.json');
        const small = { ...settings, docStride, maxQuestionLength: 4 };
        const [answer] = learnByHeart(examples, tokenizer, docStride + 12, small);
        // a soft hyphen at the end belongs to no piece
        expect([answer!.text]).toEqual([text.replace(/\u00ad$/, '')]);
        expect(answer!.text).toBe(context.slice(answer!.start, answer!.end));
      }),
      { numRuns: 500 },
    );
  });
});
