import { type AddedToken, findAddedTokens } from './added-tokens.ts';
import { alignText } from './aligned-text.ts';
import { findWords, normalizeText, splitWords } from './bert-normalizer.ts';
import { describeTokenizer } from './describe-tokenizer.ts';
import type { TokenizerDescription } from './tokenizer-description.ts';
import { show, type TokenizerFiles } from './tokenizer-files.ts';
import { VocabularyError } from './vocabulary-error.ts';
import { wordPieces } from './word-piece.ts';

export type { TokenizerFiles } from './tokenizer-files.ts';
export { VocabularyError } from './vocabulary-error.ts';

/** The pieces of a text: their ids, and where in the text each of them is, [start, end) in UTF-16 units. */
export interface EncodedText {
  readonly ids: number[];
  readonly starts: number[];
  readonly ends: number[];
}

/** Text to WordPiece ids (Devlin et al. 2019; Wu et al. 2016) and back. */
export interface Tokenizer {
  /** The ids of a text, without [CLS] and [SEP]. Special tokens spelt out in the text count as such. */
  ids(text: string): number[];
  /**
   * The same ids, and the places of their pieces, as the offsets of Hugging Face's Rust library, which counts code
   * points: from the first character that has left something in the piece to the last. What the normaliser removes may
   * lie within a piece, but never at its end: of `e` and a combining accent, `e` alone.
   */
  encode(text: string): EncodedText;
  /** The text of ids: pieces joined to words, words by spaces, none before `.`, `,` and the like. */
  text(ids: readonly number[]): string;
  /** The vocabulary's entry, such as `##ing`. */
  token(id: number): string | undefined;
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  readonly maskId: number;
  readonly unkId: number;
  /** One more than the largest id. */
  readonly size: number;
  /** All that decides the ids. */
  readonly description: TokenizerDescription;
}

/**
 * Makes a tokenizer that gives the ids that transformers (version 5) and Hugging Face's Rust library give, from
 * `tokenizer.json` or, without it, from `vocab.txt` (one token a line, the line number being its id); the settings of
 * `tokenizer_config.json` and added tokens, wherever they stand, count as they do there. The padding and the length of
 * truncation of `tokenizer.json` do not: rows are padded and cut where they are made.
 *
 * @param vocabSize the model's, to check that the vocabulary fits it
 * @param source what to call the files in messages, usually their folder
 * @throws VocabularyError if there is no vocabulary, a special token is missing, an id exceeds the model's, or a file
 *   asks for what is not done here: another normalizer, pre-tokenizer, model or class; it names the file and the setting
 */
export function createTokenizer(
  files: TokenizerFiles,
  vocabSize: number,
  source = 'the tokenizer',
): Tokenizer {
  const description = describeTokenizer(files, vocabSize, source);
  const { vocabulary, addedTokens, normalizer, special, continuingSubwordPrefix: prefix } = description;
  const normalize = (text: string): string => normalizeText(text, normalizer);
  const verbatim = addedTokens.filter(({ normalized }) => !normalized);
  const normalized = addedTokens.filter(({ normalized }) => normalized);
  const findVerbatim = findAddedTokens(patterns(verbatim, (content) => content, source));
  const findNormalized = findAddedTokens(patterns(normalized, normalize, source));
  const appendPieces = wordPieces(description);

  const tokens = new Map([...vocabulary].map(([token, id]) => [id, token]));
  for (const { id, content } of addedTokens) tokens.set(id, content);
  const idOf = new Map([...tokens].map(([id, token]) => [token, id]));
  let size = 0;
  for (const id of tokens.keys()) size = Math.max(size, id + 1);

  return {
    ids: (text) => {
      const ids: number[] = [];
      const whole = replaceSurrogates(text);
      for (const piece of findVerbatim(whole)) {
        if (piece.token !== undefined) {
          ids.push(piece.token.id);
          continue;
        }
        const normal = normalize(whole.slice(piece.start, piece.end));
        for (const { token, start, end } of findNormalized(normal)) {
          if (token !== undefined) ids.push(token.id);
          else for (const word of splitWords(normal.slice(start, end))) appendPieces(word, ids);
        }
      }
      return ids;
    },
    encode: (text) => {
      const found: EncodedText = { ids: [], starts: [], ends: [] };
      const push = (id: number, start: number, end: number): void => {
        found.ids.push(id);
        found.starts.push(start);
        found.ends.push(end);
      };
      const whole = replaceSurrogates(text);
      for (const piece of findVerbatim(whole)) {
        if (piece.token !== undefined) {
          push(piece.token.id, piece.start, piece.end);
          continue;
        }
        const normal = alignText(whole, piece.start, piece.end, normalizer);
        for (const { token, start, end } of findNormalized(normal.text)) {
          if (token !== undefined) {
            push(token.id, normal.starts[start]!, normal.ends[end - 1]!);
            continue;
          }
          for (const { word, start: at } of findWords(normal.text.slice(start, end))) {
            const ids: number[] = [];
            const ends: number[] = [];
            appendPieces(word, ids, ends);
            let from = start + at;
            ids.forEach((id, i) => {
              const to = start + at + ends[i]!;
              push(id, normal.starts[from]!, normal.ends[to - 1]!);
              from = to;
            });
          }
        }
      }
      return found;
    },
    text: (ids) =>
      joinPieces(
        ids.flatMap((id) => tokens.get(id) ?? []),
        prefix,
      ),
    token: (id) => tokens.get(id),
    clsId: idOf.get(special.cls)!,
    sepId: idOf.get(special.sep)!,
    padId: idOf.get(special.pad)!,
    maskId: idOf.get(special.mask)!,
    unkId: idOf.get(special.unk)!,
    size,
    description,
  };
}

function replaceSurrogates(text: string): string {
  return text.replace(/\p{Cs}/gu, '\ufffd');
}

/** Tokens by the text to look for. */
function patterns(
  tokens: readonly AddedToken[],
  form: (content: string) => string,
  source: string,
): Map<string, AddedToken> {
  const byForm = new Map<string, AddedToken>();
  for (const token of tokens) {
    const pattern = form(token.content);
    const other = byForm.get(pattern);
    if (pattern === '' || other !== undefined) {
      const why = other === undefined ? 'nothing' : `the same as ${show(other.content)}`;
      throw new VocabularyError(
        `${source}: the added token ${show(token.content)} is ${why} once it is normalised; ` +
          `say "normalized": false of it`,
      );
    }
    byForm.set(pattern, token);
  }
  return byForm;
}

/** What the `WordPiece` decoder with `cleanup` takes out of a word and the space before it, and what it puts. */
const cleanup: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function joinPieces(pieces: readonly string[], prefix: string): string {
  const spaced = pieces.map((piece, i) => {
    if (i === 0) return piece;
    return piece.startsWith(prefix) ? piece.slice(prefix.length) : ` ${piece}`;
  });
  return spaced
    .map((piece) => cleanup.reduce((text, [found, put]) => text.replaceAll(found, put), piece))
    .join('');
}
