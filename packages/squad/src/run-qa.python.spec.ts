import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TextPieces, WordPieces } from '@diffprune/glue';
import { describePython, itShared, type RunPython } from '@diffprune/testing';
import { random } from '@diffprune/testing/random';
import { decodeSpans } from './decode-spans.ts';
import { encodeQuestions } from './encode-questions.ts';
import type { QuestionExample } from './question.ts';
import { readSquad } from './read-squad.ts';
import { defaultSpanSettings, type SpanSettings } from './span-settings.ts';

interface Theirs {
  readonly texts: Readonly<Record<string, { readonly ids: number[]; readonly offsets: [number, number][] }>>;
  readonly rows: readonly {
    readonly ids: number[];
    readonly types: number[];
    readonly label: [number, number];
  }[];
  readonly answers: readonly {
    readonly text: string;
    readonly nBest: readonly [string, number][];
    readonly odds: number | null;
  }[];
}

function specialIds(vocab: readonly string[]) {
  const id = (token: string) => vocab.indexOf(token);
  return { clsId: id('[CLS]'), sepId: id('[SEP]'), padId: id('[PAD]') };
}

function compare(
  run: RunPython,
  vocab: readonly string[],
  examples: readonly QuestionExample[],
  maxLength: number,
  settings: SpanSettings,
): { readonly rows: number; readonly otherLabels: number } {
  const script = fileURLToPath(new URL('fixtures/run_qa.py', import.meta.url));
  // in Python, places count code points
  const theirExamples = examples.map(({ question, context, answers }) => ({
    question,
    context,
    answers: answers!.map(({ text, start }) => ({ text, start: [...context.slice(0, start)].length })),
  }));
  const uniform = random(3);
  const logits = Array.from({ length: 3 * examples.length }, () =>
    [0, 1].map(() => Array.from({ length: maxLength }, () => Math.fround(8 * uniform() ** 3 - 2))),
  );
  const theirs = run(script, { vocab, examples: theirExamples, maxLength, settings, logits }) as Theirs;

  const encode = (text: string): TextPieces => {
    const { ids, offsets } = theirs.texts[text]!;
    const places = [0];
    for (const c of text) places.push(places.at(-1)! + c.length);
    return {
      ids,
      starts: offsets.map(([from]) => places[from]!),
      ends: offsets.map(([, to]) => places[to]!),
    };
  };
  const wordPieces: WordPieces = { encode, ids: (text) => encode(text).ids, ...specialIds(vocab) };
  const features = encodeQuestions(examples, wordPieces, maxLength, settings);
  expect(features.size).toBe(theirs.rows.length);
  let otherLabels = 0;
  theirs.rows.forEach(({ ids, types, label }, row) => {
    const [from, to] = [features.offsets[row]!, features.offsets[row + 1]!];
    expect([...features.tokens.subarray(from, to)]).toEqual(ids);
    expect(types.indexOf(1)).toBe(features.firstLengths[row]);
    const { example, position, size } = features.windows[row]!;
    const ours = [features.labels!['start_positions']![row]!, features.labels!['end_positions']![row]!];
    if (ours[0] === label[0] && ours[1] === label[1]) return;
    otherLabels++;
    // theirs runs past the window where the answer begins in its last piece, and into the next word where it ends in what
    // belongs to no piece
    const [gold] = examples[example]!.answers!;
    const last = position + size - 1;
    if (/^\S(.*[^\s\p{M}])?$/su.test(gold!.text)) expect([label[0] > last, ours[0]]).toEqual([true, last]);
  });

  const outputs = [0, 1].map((side) =>
    features.windows.map((_, row) => Float32Array.from(logits[row]![side]!)),
  );
  const answers = decodeSpans(
    { start_logits: outputs[0]!, end_logits: outputs[1]! },
    examples,
    features,
    settings,
  );
  answers.forEach(({ text, nBest, nullScore }, i) => {
    const { text: theirText, nBest: theirBest, odds } = theirs.answers[i]!;
    expect(bare(text)).toBe(theirText);
    expect(nBest.map((one) => [bare(one.text), one.probability])).toEqual(
      theirBest.map(([one, probability]) => [one, expect.closeTo(probability, 9)]),
    );
    if (settings.version2) expect(nullScore).toBeCloseTo(odds!, 9);
    else expect([nullScore, odds]).toEqual([undefined, null]);
  });
  return { rows: features.size, otherLabels };
}

/** Without the accents that no piece of theirs has. */
function bare(text: string): string {
  return text.replace(/\p{M}+$/u, '');
}

describePython(['tokenizers'], "transformers' run_qa.py", (run) => {
  const words = 'the river Zoë’s Ångström İstanbul naïve 東京 \u{1f600} 1816 (well-known) of e\u0301 x'.split(
    ' ',
  );
  const letters = [...new Set([...words.join('').toLowerCase().normalize('NFD')])];
  const vocab = [
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '[MASK]',
    'the',
    'river',
    ...letters,
    ...letters.map((c) => `##${c}`),
  ];

  it.each([false, true])('has the same windows, labels and answers; version 2.0: %s', (version2) => {
    const uniform = random(version2 ? 1 : 2);
    const below = (limit: number) => Math.floor(uniform() * limit);
    const sentence = (length: number) =>
      Array.from(
        { length },
        () => words[below(words.length)]! + [' ', '  ', '\n', ' \u0000'][below(4)]!,
      ).join('');
    const examples = Array.from({ length: 40 }, (_, i): QuestionExample => {
      const context = sentence(5 + below(25));
      const found = [...context.matchAll(/[^ \n\0]+/g)];
      const first = found[below(found.length)]!;
      const second = found[Math.min(found.length - 1, found.indexOf(first) + below(3))]!;
      const text = context.slice(first.index, second.index + second[0].length);
      const answers = version2 && below(3) === 0 ? [] : [{ text, start: first.index }];
      return { id: String(i), question: sentence(1 + below(3)), context, answers };
    });
    const settings = { ...defaultSpanSettings, docStride: 20, version2, maxAnswerLength: 9, nBest: 7 };
    const { rows } = compare(run, vocab, examples, 90, settings);
    expect(rows).toBeGreaterThan(50);
  });

  itShared('.', 'has those of real questions', async (shared) => {
    const vocabulary = await readFile(join(shared, 'fixtures/bert-tiny-sst2/vocab.txt'), 'utf8');
    const questions = await readSquad(join(shared, 'glue/SQuAD'), 'dev');
    // every paragraph's first
    const first = questions.filter(({ context }, i) => context !== questions[i - 1]?.context).slice(0, 200);
    const settings = { ...defaultSpanSettings, nBest: 5 };
    const { rows, otherLabels } = compare(run, vocabulary.trimEnd().split('\n'), first, 384, settings);
    expect([rows > 200, otherLabels]).toEqual([true, 0]);
  });
});
