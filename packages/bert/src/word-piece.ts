/** A WordPiece model; the names are those of `tokenizer.json`, in camel case. */
export interface WordPieceModel {
  readonly vocabulary: ReadonlyMap<string, number>;
  /** In the vocabulary. */
  readonly unkToken: string;
  /** Before each piece of a word but the first. */
  readonly continuingSubwordPrefix: string;
  /** Longer words are unknown. */
  readonly maxInputCharsPerWord: number;
}

/**
 * WordPiece (Wu et al. 2016, as Devlin et al. 2019 use it): a word is divided into the longest pieces that the
 * vocabulary has, from its beginning on; a word that leaves a rest is unknown.
 *
 * @returns a function that appends a word's ids to a list and, to `ends` where it is given, where in the word each of
 *   its pieces ends, in UTF-16 units
 */
export function wordPieces(model: WordPieceModel): (word: string, ids: number[], ends?: number[]) => void {
  const { vocabulary, continuingSubwordPrefix: prefix, maxInputCharsPerWord } = model;
  const unknown = vocabulary.get(model.unkToken)!;
  let longest = 0;
  for (const token of vocabulary.keys()) longest = Math.max(longest, token.length);

  const tooLong = (word: string): boolean =>
    word.length > 2 * maxInputCharsPerWord ||
    (word.length > maxInputCharsPerWord && [...word].length > maxInputCharsPerWord);

  return (word, ids, ends) => {
    const found = ids.length;
    let start = tooLong(word) ? -1 : 0;
    while (start >= 0 && start < word.length) {
      const before = start > 0 ? prefix : '';
      let end = Math.min(word.length, start + longest);
      let id: number | undefined;
      while (end > start && (id = vocabulary.get(before + word.slice(start, end))) === undefined) end--;
      if (id !== undefined) {
        ids.push(id);
        ends?.push(end);
      }
      start = id === undefined ? -1 : end;
    }
    if (start >= 0) return;
    if (ends !== undefined) {
      ends.length -= ids.length - found;
      ends.push(word.length);
    }
    ids.length = found;
    ids.push(unknown);
  };
}
