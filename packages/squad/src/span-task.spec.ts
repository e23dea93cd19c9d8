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
        const { scores, main } = task.score(answers, examples);
        const thresholds = ['bestExactMatchThreshold', 'bestF1Threshold'];
        const means = Object.entries(scores).filter(([name]) => !thresholds.includes(name));
        expect([main, ...means.map(([, value]) => value)].every((value) => value === 1)).toBe(true);
        expect(means.length).toBeGreaterThanOrEqual(6);
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

  it('scores version 2.0 with and without an answer, and where "no answer" would best have begun', () => {
    const task = squadTask({ name: 'squad_v2', settings: { ...defaultSpanSettings, version2: true } });
    const asked = (answers: string[]) => answers.map((text) => ({ text, start: 0 }));
    const given = (id: string, text: string, nullScore: number, ...answers: string[]) => ({
      example: { id, question: 'q', context: 'a text', answers: asked(answers) },
      answer: { id, text, start: 0, end: text.length, probability: 1, nullScore, nBest: [] },
    });
    const all = [
      given('right', 'red fox', -9, 'red fox'),
      given('half', 'red fox', -5, 'fox'),
      given('wrong', 'red', -3),
      given('withheld', '', 1, 'fox'),
      given('rightly', '', 2),
    ];
    const { scores, main } = task.score(
      all.map(({ answer }) => answer),
      all.map(({ example }) => example),
    );
    // F1 of the second is 2/3; from -4 on, the third would rightly have no answer
    expect(scores).toEqual({
      exactMatch: 2 / 5,
      f1: expect.closeTo((2 + 2 / 3) / 5, 12),
      hasAnswerExactMatch: 1 / 3,
      hasAnswerF1: expect.closeTo((1 + 2 / 3) / 3, 12),
      noAnswerExactMatch: 1 / 2,
      noAnswerF1: 1 / 2,
      bestExactMatch: 3 / 5,
      bestExactMatchThreshold: -9,
      bestF1: expect.closeTo((3 + 2 / 3) / 5, 12),
      bestF1Threshold: -5,
    });
    expect(main).toBe(scores['f1']);
  });

  it('has a constant answer: the whole context, or that there is none', () => {
    const examples = [
      { id: 'x', question: 'a', context: 'the b c', answers: [{ text: 'b', start: 4 }] },
      { id: 'y', question: 'a', context: 'b', answers: [] },
    ];
    const one = squadTask({ name: 'squad', settings: defaultSpanSettings });
    expect(one.scoreConstant(examples.slice(0, 1)).main).toBeCloseTo(2 / 3, 9);
    const two = squadTask({ name: 'squad_v2', settings: { ...defaultSpanSettings, version2: true } });
    const halves = { exactMatch: 0.5, f1: 0.5, hasAnswerExactMatch: 0, hasAnswerF1: 0 };
    expect(two.scoreConstant(examples)).toEqual({
      scores: { ...halves, noAnswerExactMatch: 1, noAnswerF1: 1 },
      main: 0.5,
    });
    expect([one.constantAnswer, two.constantAnswer]).toEqual(['the whole context', 'no answer']);
  });
});
