/** The special tokens, with the ids 0 to 4. */
const specialTokens = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as const;

/** Part of all characters that the vocabulary must be able to write (Kudo & Richardson 2018 use 0.9995). */
const characterCoverage = 0.9999;
/** Pairs that come less often are not joined. */
const minPairCount = 2;
/** WordPiece gives longer words up as unknown. */
const longestWord = 100;

/** A vocabulary that cannot be made. */
export class VocabularySizeError extends Error {
  override readonly name = 'VocabularySizeError';
}

interface Word {
  /** Ids of its pieces as yet. */
  pieces: number[];
  readonly count: number;
}

/**
 * Learns a WordPiece vocabulary as Hugging Face's trainer does: it begins with single characters (written `##x` within
 * a word) and, as in byte pair encoding (Sennrich et al. 2016, section 3.2), joins the pair of neighbours that comes
 * most often, of equals the one made of the older entries, until there are `size` entries. A function of the counts
 * alone, not of their order.
 *
 * @param counts how often each word comes
 * @param size entries in all, special tokens included; fewer if the words have no more pairs
 * @returns the entries in the order of their ids
 * @throws VocabularySizeError if the characters alone are more
 */
export function trainVocabulary(counts: ReadonlyMap<string, number>, size: number): string[] {
  const kept = frequentCharacters(counts);
  const spelt = [...counts]
    .map(([word, count]) => [[...word], count] as const)
    .filter(([characters]) => characters.length <= longestWord && characters.every((c) => kept.has(c)));
  const entries: string[] = [...specialTokens, ...pieceForms(spelt)];
  if (entries.length > size) {
    throw new VocabularySizeError(
      `a vocabulary of ${size} words is too small for this text: its characters alone need ${entries.length}`,
    );
  }
  const ids = new Map(entries.map((entry, id) => [entry, id]));
  const words = spelt.map(([characters, count]): Word => {
    return { pieces: characters.map((c, i) => ids.get(i === 0 ? c : `##${c}`)!), count };
  });

  const pairs = new PairCounts(words);
  while (entries.length < size) {
    const pair = pairs.mostFrequent();
    if (pair === undefined) break;
    const joined = entries[pair.left]! + entries[pair.right]!.slice(2);
    // the same entry can come about in two ways
    let id = ids.get(joined);
    if (id === undefined) {
      id = entries.push(joined) - 1;
      ids.set(joined, id);
    }
    pairs.join(pair, id);
  }
  return entries;
}

/** The most frequent characters, which together make up nearly all of the text. */
function frequentCharacters(counts: ReadonlyMap<string, number>): Set<string> {
  const frequency = new Map<string, number>();
  let total = 0;
  for (const [word, count] of counts) {
    for (const character of word) {
      frequency.set(character, (frequency.get(character) ?? 0) + count);
      total += count;
    }
  }
  const sorted = [...frequency].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const kept = new Set<string>();
  let covered = 0;
  for (const [character, count] of sorted) {
    if (covered >= characterCoverage * total) break;
    kept.add(character);
    covered += count;
  }
  return kept;
}

/** Each character as it begins a word and, where it does so, as it goes on in one; sorted. */
function pieceForms(words: readonly (readonly [readonly string[], number])[]): string[] {
  const [first, later] = [new Set<string>(), new Set<string>()];
  for (const [characters] of words) {
    characters.forEach((character, i) => (i === 0 ? first : later).add(character));
  }
  // what goes on in a word may begin one that has not come yet, and the other way round
  const letters = [...first].filter((character) => later.has(character) || /[\p{L}\p{N}]/u.test(character));
  const beginning = new Set([...first, ...later]);
  const within = new Set([...later, ...letters]);
  return [...[...beginning].sort(), ...[...within].sort().map((character) => `##${character}`)];
}

interface Pair {
  readonly left: number;
  readonly right: number;
  readonly count: number;
}

/** How often each two pieces are neighbours, kept up to date as pieces are joined. */
class PairCounts {
  readonly #counts = new Map<number, number>();
  /** The words in which a pair has come up, by pair; it may be gone from some again. */
  readonly #where = new Map<number, Set<Word>>();
  /** A binary heap, the next pair to join first; counts in it may be out of date, but never too low. */
  readonly #heap: Pair[] = [];

  constructor(words: readonly Word[]) {
    for (const word of words) {
      for (let i = 1; i < word.pieces.length; i++) {
        this.#add(word.pieces[i - 1]!, word.pieces[i]!, word.count, word);
      }
    }
    for (const key of this.#counts.keys()) this.#push(key);
  }

  /** The pair that comes most often, taken from the heap; undefined if none comes often enough. */
  mostFrequent(): Pair | undefined {
    for (let top = this.#pop(); top !== undefined; top = this.#pop()) {
      const key = keyOf(top.left, top.right);
      const count = this.#counts.get(key) ?? 0;
      if (count === top.count) return count < minPairCount ? undefined : top;
      if (count > 0) this.#push(key);
    }
    return undefined;
  }

  /** Writes `id` for each occurrence of a pair, from left to right. */
  join({ left, right }: Pair, id: number): void {
    const key = keyOf(left, right);
    const changed = new Set<number>();
    for (const word of this.#where.get(key) ?? []) {
      const { pieces, count } = word;
      const joined: number[] = [];
      for (let i = 0; i < pieces.length; i++) {
        const piece = pieces[i]!;
        if (piece !== left || pieces[i + 1] !== right) {
          joined.push(piece);
          continue;
        }
        const [before, after] = [joined.at(-1), pieces[i + 2]];
        if (before !== undefined) {
          this.#add(before, left, -count, word);
          changed.add(this.#add(before, id, count, word));
        }
        if (after !== undefined) {
          this.#add(right, after, -count, word);
          changed.add(this.#add(id, after, count, word));
        }
        joined.push(id);
        i++;
      }
      word.pieces = joined;
    }
    this.#counts.delete(key);
    this.#where.delete(key);
    changed.delete(key);
    for (const other of changed) this.#push(other);
  }

  #add(left: number, right: number, count: number, word: Word): number {
    const key = keyOf(left, right);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
    if (count > 0) {
      const words = this.#where.get(key);
      if (words) words.add(word);
      else this.#where.set(key, new Set([word]));
    }
    return key;
  }

  #push(key: number): void {
    const count = this.#counts.get(key) ?? 0;
    if (count < minPairCount) return;
    const pair = { left: Math.floor(key / keyBase), right: key % keyBase, count };
    const heap = this.#heap;
    let i = heap.push(pair) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!comesBefore(pair, heap[parent]!)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = pair;
  }

  #pop(): Pair | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!comesBefore(heap[child]!, last)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

/** Ids lie below this. */
const keyBase = 2 ** 24;

function keyOf(left: number, right: number): number {
  return left * keyBase + right;
}

function comesBefore(a: Pair, b: Pair): boolean {
  return a.count - b.count > 0 || (a.count === b.count && keyOf(a.left, a.right) < keyOf(b.left, b.right));
}
