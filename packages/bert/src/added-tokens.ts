import { whiteSpace } from './bert-normalizer.ts';
import { unknownToWords } from './reference-unicode.ts';

/** A token that is looked for in the text before it is divided into words; the flags are `tokenizer.json`'s. */
export interface AddedToken {
  readonly content: string;
  readonly id: number;
  /** Not found within a word. */
  readonly singleWord: boolean;
  /** Takes the white space before it. */
  readonly lstrip: boolean;
  /** Takes the white space behind it. */
  readonly rstrip: boolean;
  /** Looked for, normalised, in the normalised text; else as it is in the text as it is. */
  readonly normalized: boolean;
  readonly special: boolean;
}

/** A stretch of a text, [start, end) in UTF-16 units, and the added token that was found there, if one was. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly token?: AddedToken;
}

interface Node {
  readonly next: Map<string, Node>;
  token?: AddedToken;
}

/** `\w` of the Rust library `regex`. */
const wordCharacter = new RegExp(
  `(?![${unknownToWords}])[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}]`,
  'u',
);

/**
 * Finds added tokens in a text: from its beginning on, at each place the longest. One that its flags rule out there
 * is passed over.
 *
 * @param patterns the tokens by the text to look for, none of them empty
 * @returns a function that divides a text into pieces, none of them empty, which follow each other without a gap; a
 *   token's has the white space that it takes
 */
export function findAddedTokens(patterns: ReadonlyMap<string, AddedToken>): (text: string) => Piece[] {
  if (patterns.size === 0) return (text) => (text === '' ? [] : [{ start: 0, end: text.length }]);
  const root: Node = { next: new Map() };
  for (const [pattern, token] of patterns) {
    let node = root;
    for (let i = 0; i < pattern.length; i++) {
      let child = node.next.get(pattern.charAt(i));
      if (child === undefined) node.next.set(pattern.charAt(i), (child = { next: new Map() }));
      node = child;
    }
    node.token = token;
  }

  return (text) => {
    const pieces: Piece[] = [];
    let done = 0;
    for (let at = 0; at < text.length;) {
      const found = longestAt(root, text, at);
      if (found === undefined) {
        at++;
        continue;
      }
      const { token, end } = found;
      if (!token.singleWord || standsAlone(text, at, end)) {
        const from = token.lstrip ? spaceBefore(text, at, done) : at;
        const to = token.rstrip ? spaceAfter(text, end) : end;
        if (done < from) pieces.push({ start: done, end: from });
        pieces.push({ start: from, end: to, token });
        done = to;
      }
      at = end;
    }
    if (done < text.length) pieces.push({ start: done, end: text.length });
    return pieces;
  };
}

function longestAt(root: Node, text: string, at: number): { token: AddedToken; end: number } | undefined {
  let found: { token: AddedToken; end: number } | undefined;
  let node: Node | undefined = root;
  for (let end = at; (node = node.next.get(text.charAt(end))) !== undefined;) {
    end++;
    if (node.token !== undefined) found = { token: node.token, end };
  }
  return found;
}

function standsAlone(text: string, from: number, to: number): boolean {
  const before =
    from > 0 && /[\udc00-\udfff]/.test(text.charAt(from - 1))
      ? text.slice(from - 2, from)
      : text.charAt(from - 1);
  const behind = String.fromCodePoint(text.codePointAt(to) ?? 0x20);
  return !wordCharacter.test(before) && !wordCharacter.test(behind);
}

/** The start of the white space that ends at `end`, but not before `from`. */
function spaceBefore(text: string, end: number, from: number): number {
  let start = end;
  while (start > from && whiteSpace.test(text.charAt(start - 1))) start--;
  return Math.max(start, from);
}

function spaceAfter(text: string, start: number): number {
  let end = start;
  while (end < text.length && whiteSpace.test(text.charAt(end))) end++;
  return end;
}
