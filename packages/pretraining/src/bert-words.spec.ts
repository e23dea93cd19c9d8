import { createTokenizer } from '@diffprune/bert';
import fc from 'fast-check';
import { bertWords } from './bert-words.ts';

it('lower-cases, strips accents and divides at signs', () => {
  expect(bertWords("Élan\tvital: don't  STOP,  x=2^10…")).toEqual([
    'elan',
    'vital',
    ':',
    'don',
    "'",
    't',
    'stop',
    ',',
    'x',
    '=',
    '2',
    '^',
    '10',
    '…',
  ]);
  expect(bertWords('soft\u00adhyphen, zero\u200bwidth, \u0000nul, 北京 Tokyo東')).toEqual([
    'softhyphen',
    ',',
    'zerowidth',
    ',',
    'nul',
    ',',
    '北',
    '京',
    'tokyo',
    '東',
  ]);
  expect(bertWords(' \n')).toEqual([]);
});

it("divides text where bert's tokenizer does", () => {
  const unit = fc.oneof(
    fc.constantFrom(
      ...'abzÄéßİΣς09 \t\n.,-_\'"$+<=>^`|~(){}[]…–“”€£°\u00a0\u2028\u00ad\u200b\u0301\ufffd中한か',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 20 }), (text) => {
      const words = bertWords(text);
      // a vocabulary of just these words: the tokenizer finds them, one after the other
      const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
      const vocabulary = [...new Set([...special, ...words])];
      const tokenizer = createTokenizer({ 'vocab.txt': `${vocabulary.join('\n')}\n` }, 100);
      const tokens = tokenizer.ids(text).map((id) => tokenizer.token(id));
      expect(tokens).toEqual(words.map((word) => (word.length > 100 ? '[UNK]' : word)));
    }),
    { numRuns: 300 },
  );
});
