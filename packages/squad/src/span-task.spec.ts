import fc from 'fast-check';
import type { SpanFeatures } from './encode-questions.ts';
import { perfectOutputs } from './outputs.fixture.ts';
import type { QuestionExample } from './question.ts';
import { defaultSpanSettings, type SpanSettings } from './span-settings.ts';
import { squadTask } from './span-task.ts';
import { wordPieces } from './word-pieces.fixture.ts';

const word = fc.constantFrom('the', 'Ångström', 'naïve', '\u{1f600}', '中', 'x', '—', 'of', '1');
const space = fc.constantFrom(' ', '  ', '\t', '\n', '\u00a0');

/** A question whose answer is some words of its context; without one in `share` of the cases. */
const question = fc
  .record({
    words: fc.array(fc.tuple(word, space), { minLength: 1, maxLength: 60 }),
    asked: fc.array(word, { maxLength: 10 }),
    from: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    length: fc.integer({ min: 1, max: 4 }),
    impossible: fc.boolean(),
  })
  .map(({ words, asked, from, length, impossible }): QuestionExample => {
    const first = Math.floor(from * words.length);
    const join = (pairs: typeof words) => pairs.map((pair) => pair.join('')).join('');
    const start = join(words.slice(0, first)).length;
    const text = join(words.slice(first, first + length)).trimEnd();
    return {
      id: `${first}-${text}`,
      question: asked.join(' '),
      context: join(words),
      answers: impossible ? [] : [{ text, start }],
    };
  });

const settings = fc.record<SpanSettings>({
  docStride: fc.integer({ min: 4, max: 9 }),
  maxQuestionLength: fc.integer({ min: 1, max: 6 }),
  maxAnswerLength: fc.constant(5),
  nBest: fc.integer({ min: 1, max: 4 }),
  version2: fc.constant(true),
  nullThreshold: fc.constant(0),
});

describe('squadTask', () => {
  it('answers with the gold text, a slice of the context, where the model points to the labels', () => {
    fc.assert(
      fc.property(fc.array(question, { minLength: 1, maxLength: 4 }), settings, (examples, settings) => {
        const task = squadTask({ name: 'squad_v2', settings });
        const features = task.encode(examples, wordPieces, 30) as SpanFeatures;
        const answers = task.decode(perfectOutputs(features), examples, features);
        answers.forEach(({ text, start, end, nBest }, i) => {
          const { context, answers: [gold] = [] } = examples[i]!;
          expect(text).toBe(gold?.text ?? '');
          expect(context.slice(start, end)).toBe(text);
          expect(nBest.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 6);
        });
        expect(task.score(answers, examples)).toEqual({ scores: { exactMatch: 1, f1: 1 }, main: 1 });
      }),
    );
  });

  it('refuses to score questions whose answers nobody knows, rows that it did not make, and tokenizers without places', () => {
    const task = squadTask({ name: 'squad', settings: defaultSpanSettings });
    const examples = [{ id: 'x', question: 'a', context: 'b' }];
    const features = task.encode(examples, wordPieces, 384);
    expect(features.labels).toBeUndefined();
    const answers = task.decode(
      { start_logits: [new Float32Array(8)], end_logits: [new Float32Array(8)] },
      examples,
      features,
    );
    expect(answers[0]).toMatchObject({ text: 'b', start: 0, end: 1, probability: 1 });
    expect(() => task.score(answers, examples)).toThrow('question x has no answers to score by');
    const { windows: _, ...rows } = features as SpanFeatures;
    expect(() => task.decode({ start_logits: [], end_logits: [] }, examples, rows)).toThrow(TypeError);
    const { encode: __, ...bare } = wordPieces;
    expect(() => task.encode(examples, bare, 384)).toThrow(TypeError);
    const mixed = [...examples, { ...examples[0]!, id: 'y', answers: [] }];
    expect(() => task.encode(mixed, wordPieces, 384)).toThrow('question x has no answers and others do');
  });

  it('has a constant answer: the whole context, or that there is none', () => {
    const examples = [
      { id: 'x', question: 'a', context: 'the b c', answers: [{ text: 'b', start: 4 }] },
      { id: 'y', question: 'a', context: 'b', answers: [] },
    ];
    const one = squadTask({ name: 'squad', settings: defaultSpanSettings });
    expect(one.scoreConstant(examples.slice(0, 1)).main).toBeCloseTo(2 / 3, 9);
    const two = squadTask({ name: 'squad_v2', settings: { ...defaultSpanSettings, version2: true } });
    expect(two.scoreConstant(examples)).toEqual({ scores: { exactMatch: 0.5, f1: 0.5 }, main: 0.5 });
    expect([one.constantAnswer, two.constantAnswer]).toEqual(['the whole context', 'no answer']);
  });
});
