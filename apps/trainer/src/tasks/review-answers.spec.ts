import { reviewAnswers, reviewSpans } from './review-answers.ts';

const example = (index: string, label: number | undefined, textB?: string) => ({
  index,
  textA: `text ${index}`,
  ...(textB !== undefined && { textB }),
  ...(label !== undefined && { label }),
});

describe('reviewAnswers', () => {
  it('counts classes, and shows the wrong answers that are surest first', () => {
    const answer = (index: string, value: number, probability: number) => ({
      index,
      value,
      probabilities: value === 0 ? [probability, 1 - probability] : [1 - probability, probability],
    });
    const review = reviewAnswers(
      { labels: ['no', 'yes'], problemType: 'single_label_classification' },
      [answer('a', 1, 0.6), answer('b', 0, 0.9), answer('c', 1, 0.8), answer('d', 1, 0.99)],
      [example('a', 0), example('b', 1, 'second'), example('c', 1), example('d', undefined)],
    );
    expect(review.classes?.confusion).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(review.classes?.scores[1]).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, support: 2 });
    expect(review.worst).toEqual([
      { index: 'b', text: 'text b ‖ second', expected: 'yes', answered: 'no', size: 0.9 },
      { index: 'a', text: 'text a', expected: 'no', answered: 'yes', size: 0.6 },
    ]);
    expect(review.pairs).toBeUndefined();
  });

  it('pairs scores with what is right, and shows those farthest off, twenty of many', () => {
    const rows = Array.from({ length: 30 }, (_, i) => i);
    const review = reviewAnswers(
      { labels: [], problemType: 'regression' },
      rows.map((i) => ({ index: String(i), value: i / 10 })),
      rows.map((i) => example(String(i), 0)),
    );
    expect(review.classes).toBeUndefined();
    expect(review.pairs?.[3]).toEqual({ expected: 0, answered: 0.3 });
    expect(review.worst).toHaveLength(20);
    expect(review.worst[0]).toMatchObject({ index: '29', expected: '0.00', answered: '2.90', size: 2.9 });
  });
});

describe('reviewSpans', () => {
  const question = (id: string, texts: string[]) => ({
    id,
    question: `question ${id}`,
    context: 'the context',
    answers: texts.map((text) => ({ text, start: 0 })),
  });
  const answer = (id: string, text: string, probability: number) => ({
    ...{ id, text, probability, start: 0, end: text.length },
    nBest: [],
  });

  it('shows the wrong answers that are surest, as the scorers compare them', () => {
    const { worst, classes, pairs } = reviewSpans(
      '2.0',
      [answer('a', 'The Broncos', 0.9), answer('b', '', 0.4), answer('c', 'he', 0.8), answer('d', '', 0.7)],
      [
        question('a', ['Broncos']),
        question('b', ['left', 'she left', 'left']),
        question('c', []),
        question('d', []),
      ],
    );
    expect(worst).toEqual([
      { index: 'c', text: 'question c', expected: '(no answer)', answered: 'he', size: 0.8 },
      { index: 'b', text: 'question b', expected: 'left | she left', answered: '(no answer)', size: 0.4 },
    ]);
    expect([classes, pairs]).toEqual([undefined, undefined]);
  });
});
