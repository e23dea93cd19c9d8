import fc from 'fast-check';
import { bertWords } from './bert-words.ts';
import { trainVocabulary, VocabularySizeError } from './vocabulary.ts';

const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** The entries that were joined, in order: all but special tokens and characters. */
const joined = (entries: readonly string[]): string[] => {
  return entries.slice(special.length).filter((entry) => [...entry.replace(/^##/, '')].length > 1);
};

function countWords(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of bertWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

const text = `the lowest river is lower than the river that flows below the town
she sells newest shells, and the widest shells sell best of all
a slow flower grows lower than a low wall; slower flowers grow on the lowest walls
newer towns follow older rivers, and older rivers follow the widest valleys
the best sellers tell stories of towers, of power, of flowing water and of showers
thinking of things that thinkers think, the thicker thing is nothing`;

/** What Hugging Face's tokenizers 0.23.2 (WordPieceTrainer, BertNormalizer, min_frequency 2) joins in that text. */
const reference =
  '##ow ##er th ##ll ##es ##in ##ower the ##est of ##ell thin fl ri sh ##ver tha river an low sell wa ##ing ' +
  '##owers think and best fo gr is lower ne ol sl tow wi ##der ##dest ##ows ##ers ##llow ##ells thing shells ' +
  'than that rivers lowest wall follow new older town widest';

it('joins what Hugging Face joins, in the same order', () => {
  const entries = trainVocabulary(countWords(text), 1000);
  expect(entries.slice(0, 5)).toEqual(special);
  expect(joined(entries).join(' ')).toBe(reference);
});

it("joins the pairs of Sennrich et al.'s example (2016, section 3.2)", () => {
  const counts = new Map([
    ['low', 5],
    ['lower', 2],
    ['newest', 6],
    ['widest', 3],
  ]);
  // "e s" and "es t" 9 times each, then "l o" and "lo w" 7 times each
  const characters = 2 * new Set('lowernewestwidest').size;
  expect(joined(trainVocabulary(counts, 5 + characters + 4))).toEqual(['##es', '##est', 'lo', 'low']);
});

it('holds each character that it keeps, as it begins a word and as it goes on in one', () => {
  const entries = trainVocabulary(
    new Map([
      ['ab', 2],
      ['c', 1],
      [',', 3],
    ]),
    100,
  );
  expect(entries.slice(5)).toEqual([',', 'a', 'b', 'c', '##a', '##b', '##c', 'ab']);
});

it('leaves out characters that hardly ever come, and words that hold them', () => {
  const counts = new Map([
    ['aa', 100_000],
    ['aaaz', 2],
  ]);
  expect(trainVocabulary(counts, 100).slice(5)).toEqual(['a', '##a', 'aa']);
});

it('refuses a size that the characters alone exceed', () => {
  expect(() => trainVocabulary(countWords(text), 30)).toThrow(
    new VocabularySizeError(
      'a vocabulary of 30 words is too small for this text: its characters alone need 47',
    ),
  );
});

/** The same by counting all pairs anew for each entry. */
function naive(counts: ReadonlyMap<string, number>, start: readonly string[], size: number): string[] {
  const entries = [...start];
  const words = [...counts].map(([word, count]) => {
    return { pieces: [...word].map((c, i) => entries.indexOf(i === 0 ? c : `##${c}`)), count };
  });
  while (entries.length < size) {
    const pairs = new Map<string, { left: number; right: number; count: number }>();
    for (const { pieces, count } of words) {
      for (let i = 1; i < pieces.length; i++) {
        const [left, right] = [pieces[i - 1]!, pieces[i]!];
        const pair = pairs.get(`${left} ${right}`) ?? { left, right, count: 0 };
        pairs.set(`${left} ${right}`, { ...pair, count: pair.count + count });
      }
    }
    const best = [...pairs.values()].sort(
      (a, b) => b.count - a.count || a.left - b.left || a.right - b.right,
    )[0];
    if (best === undefined || best.count < 2) break;
    const entry = entries[best.left]! + entries[best.right]!.slice(2);
    if (!entries.includes(entry)) entries.push(entry);
    for (const word of words) {
      const pieces: number[] = [];
      for (let i = 0; i < word.pieces.length; i++) {
        const hit = word.pieces[i] === best.left && word.pieces[i + 1] === best.right;
        pieces.push(hit ? entries.indexOf(entry) : word.pieces[i]!);
        if (hit) i++;
      }
      word.pieces = pieces;
    }
  }
  return entries;
}

it('keeps its counts right as it joins, whatever the order of the words', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 12 });
  const words = fc.uniqueArray(fc.tuple(word, fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 12,
    selector: ([each]) => each,
  });
  fc.assert(
    fc.property(words, fc.integer({ min: 11, max: 40 }), (given, size) => {
      const counts = new Map(given);
      const found = trainVocabulary(counts, size);
      const characters = found.filter((entry) => [...entry.replace('##', '')].length === 1);
      expect(found).toEqual(naive(counts, [...special, ...characters], size));
      expect(trainVocabulary(new Map([...given].reverse()), size)).toEqual(found);
    }),
  );
});
