import { normalizeAnswer } from './normalize-answer.ts';
import { evaluateSquad, scoreAnswer } from './squad.ts';

it.each([
  ['The  Cat\tsat, on a mat.', 'cat sat on mat'],
  ['Theater of an ant', 'theater of ant'],
  // without its hyphen a word is one
  ['a-the', 'athe'],
  // no part of a word in Python: an accent of its own
  ['a\u0301', '\u0301'],
  ['\u00e1', '\u00e1'],
  ['the_b', 'theb'],
  ['x\x1cy\x85z\u180ew\ufeffv', 'x y z\u180ew\ufeffv'],
  ['“The” — €5', '“ ” — €5'],
])('%j is normalised to %j', (text, normal) => expect(normalizeAnswer(text)).toBe(normal));

it('scores words by F1, the best of several answers', () => {
  const judged = { prediction: 'the blue blue house', answers: ['house', 'A blue, big house'] };
  // two of three and three words are the same
  expect(scoreAnswer(judged, '1.1')).toEqual({ exactMatch: 0, f1: expect.closeTo(2 / 3, 12) });
});

it('gives means, and in version 2.0 those of questions with and without an answer', () => {
  const judged = [
    { prediction: 'x', answers: ['X.'] },
    { prediction: 'x y', answers: ['x'] },
    { prediction: '', answers: ['x'] },
    { prediction: 'The', answers: [] },
  ];
  expect(evaluateSquad(judged, '2.0')).toMatchObject({
    exactMatch: 0.5,
    f1: expect.closeTo((1 + 2 / 3 + 0 + 1) / 4, 12),
    hasAnswer: { exactMatch: expect.closeTo(1 / 3, 12) },
    noAnswer: { exactMatch: 1, f1: 1 },
  });
  const { hasAnswer, questions } = evaluateSquad(judged.slice(0, 3), '1.1');
  expect(hasAnswer).toBeUndefined();
  expect(questions).toHaveLength(3);
  expect(() => evaluateSquad(judged, '1.1')).toThrow(RangeError);
  expect(() => evaluateSquad([], '2.0')).toThrow('no question');
});
