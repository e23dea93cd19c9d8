import { assert, constantFrom, property, record, string } from 'fast-check';
import { readAddress, writeAddress } from './address.ts';
import type { Texts } from './state.ts';

it('says which task is asked what', () => {
  expect(writeAddress('opinion', 'text', { textA: 'It is 50% & more.' })).toBe(
    '#task=opinion&text=It+is+50%25+%26+more.',
  );
  expect(readAddress('#task=opinion&text=It+is+50%25+%26+more.')).toEqual({
    task: 'opinion',
    texts: { text: { textA: 'It is 50% & more.' } },
  });
  expect(readAddress('')).toEqual({ texts: {} });
  expect(readAddress('#question=who&first=a&other=b')).toEqual({
    texts: { question: { question: 'who' }, pair: { textA: 'a' } },
  });
});

it('is read as it was written', () => {
  const texts = record({
    text: record({ textA: string() }),
    pair: record({ textA: string(), textB: string() }),
    question: record({ question: string(), context: string() }),
  });
  assert(
    property(
      string(),
      texts,
      constantFrom('text', 'pair', 'question'),
      (task, texts: Texts, kind: keyof Texts) => {
        const read = readAddress(writeAddress(task, kind, texts[kind]));
        expect(read.task).toBe(task);
        const nothing = Object.fromEntries(Object.keys(texts[kind]).map((field) => [field, '']));
        expect({ ...nothing, ...read.texts[kind] }).toEqual(texts[kind]);
      },
    ),
  );
});
