import type { AddedToken } from './added-tokens.ts';
import type { BertNormalizer } from './bert-normalizer.ts';
import type { WordPieceModel } from './word-piece.ts';

/** All that decides which ids a text gets. */
export interface TokenizerDescription extends WordPieceModel {
  readonly normalizer: BertNormalizer;
  /** By id. */
  readonly addedTokens: readonly AddedToken[];
  /** Contents of the special tokens. */
  readonly special: Readonly<Record<SpecialToken, string>>;
}

export type SpecialToken = 'pad' | 'unk' | 'cls' | 'sep' | 'mask';

/** BERT's own names of its special tokens. */
export const specialTokens: Readonly<Record<SpecialToken, string>> = {
  pad: '[PAD]',
  unk: '[UNK]',
  cls: '[CLS]',
  sep: '[SEP]',
  mask: '[MASK]',
};

/** BERT's own WordPiece. */
export const bertWordPiece = {
  unkToken: specialTokens.unk,
  continuingSubwordPrefix: '##',
  maxInputCharsPerWord: 100,
} as const;
