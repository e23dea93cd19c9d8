import { cleanText, decomposeText, foldText, stripsAccents, type BertNormalizer } from './bert-normalizer.ts';

/** A normalised text, and where each of its UTF-16 units comes from: [start, end) of a character. */
export interface AlignedText {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** A character, and the number of the one that it comes from. */
interface Aligned {
  readonly chars: readonly string[];
  readonly sources: readonly number[];
}

/**
 * Normalises a stretch of a text as `normalizeText` does, and says where each character of the result comes from, as
 * `NormalizedString` of Hugging Face's Rust library does: a character that becomes several is the source of each.
 *
 * @param text without lone surrogates
 */
export function alignText(text: string, start: number, end: number, rules: BertNormalizer): AlignedText {
  const aligned = { text: '', starts: [] as number[], ends: [] as number[] };
  for (const { 0: run, index } of text.slice(start, end).matchAll(runs)) {
    if (run.charCodeAt(0) > 0x7e || run.charCodeAt(0) < 0x20) {
      alignRun(aligned, run, start + index, rules);
      continue;
    }
    aligned.text += foldText(run, rules);
    for (let unit = start + index; unit < start + index + run.length; unit++) {
      aligned.starts.push(unit);
      aligned.ends.push(unit + 1);
    }
  }
  return aligned;
}

/** Printable ASCII, which stays one for one, and the rest. No mark moves across such a character. */
const runs = /[ -~]+|[^ -~]+/g;

function alignRun(
  aligned: { text: string; starts: number[]; ends: number[] },
  run: string,
  start: number,
  rules: BertNormalizer,
): void {
  const given = [...run];
  const clean = mapCharacters({ chars: given, sources: given.map((_, i) => i) }, (c) => cleanText(c, rules));
  const decomposed = stripsAccents(rules) ? decompose(clean) : clean;
  const { chars, sources } = mapCharacters(decomposed, (c) => foldText(c, rules));

  const places = [start];
  for (const c of given) places.push(places.at(-1)! + c.length);
  chars.forEach((c, i) => {
    for (let unit = 0; unit < c.length; unit++) {
      aligned.starts.push(places[sources[i]!]!);
      aligned.ends.push(places[sources[i]! + 1]!);
    }
  });
  aligned.text += chars.join('');
}

function mapCharacters({ chars, sources }: Aligned, map: (c: string) => string): Aligned {
  const mapped = { chars: [] as string[], sources: [] as number[] };
  chars.forEach((c, i) => {
    for (const one of map(c)) {
      mapped.chars.push(one);
      mapped.sources.push(sources[i]!);
    }
  });
  return mapped;
}

/**
 * Decomposition puts marks in canonical order. The library gives places in turn: the first character of a
 * decomposition takes the next, wherever it has been moved to, each further one shares its predecessor's.
 */
function decompose(given: Aligned): Aligned {
  const parts = mapCharacters({ chars: given.chars, sources: given.chars.map((_, i) => i) }, decomposeText);
  const ordered = decomposeText(given.chars.join(''));
  const inTurn = { chars: parts.chars, sources: parts.sources.map((source) => given.sources[source]!) };
  if (ordered === parts.chars.join('')) return inTurn;
  const chars = [...ordered];
  // marks of one class keep their order, so that the first of equal characters is still the first
  const waiting = new Map<string, number[]>();
  parts.chars.forEach((c, i) => {
    const leads = parts.sources[i] !== parts.sources[i - 1] ? 1 : 0;
    waiting.set(c, [...(waiting.get(c) ?? []), leads]);
  });
  let source = -1;
  const sources = chars.map((c) => {
    source += waiting.get(c)!.shift()!;
    return given.sources[Math.max(source, 0)]!;
  });
  return { chars, sources };
}
