import type { TextPieces } from '@diffprune/glue';

/** A tokenizer that makes a piece of each run of letters, and of each other sign but accents of their own. */
export const wordPieces = {
  encode(text: string): TextPieces {
    const words = [...text.matchAll(/\p{L}+|[^\p{L}\p{M}\s]/gu)];
    return {
      ids: words.map(({ 0: word }) => 10 + word.length),
      starts: words.map(({ index }) => index),
      ends: words.map(({ 0: word, index }) => index + word.length),
    };
  },
  ids: (text: string) => wordPieces.encode(text).ids,
  clsId: 1,
  sepId: 2,
  padId: 0,
};
