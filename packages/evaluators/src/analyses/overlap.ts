import { countCommon, countEntries, noEntries, type EntrySet } from './entry-set.ts';
import { entryCount, type PlacedParameter } from './parameters.ts';

/** How many entries two models share, of changed ones or of zeros, against chance. */
export interface Overlap {
  /** Entries of all parameters, and those of them in either set, and in both. */
  readonly parameters: number;
  readonly first: number;
  readonly second: number;
  readonly common: number;
  /** common / (first + second - common); 0 where both are empty. */
  readonly jaccard: number;
  /** The part of the first set that is in the second, and the other way round; NaN of an empty set. */
  readonly ofFirst: number;
  readonly ofSecond: number;
  /** What `common` is by chance, for sets of these sizes anywhere among the parameters. */
  readonly byChance: number;
  /** The same, for sets of these sizes within each tensor: what more there is in common is not for the choice of tensors. */
  readonly byChanceWithinTensors: number;
  /** The Jaccard index of `byChance`. */
  readonly jaccardByChance: number;
  /** How many of chance's standard deviations `common` is above `byChance`; NaN where chance leaves no choice. */
  readonly deviations: number;
}

/**
 * Compares two models' sets of entries: the zeros of two supermasks (Radiya-Dixit and Wang 2020, section 4.5, figure 6)
 * or the changed positions of two diffs, of two tasks or of two seeds (Guo et al. 2021, appendix A.1).
 *
 * By chance, the number that two sets of a and b among n entries share has the hypergeometric distribution: its mean is
 * ab/n, its variance ab(n - a)(n - b)/(n²(n - 1)).
 *
 * @param parameters the base's
 * @param first its sets by tensor; a tensor that is missing has none
 * @throws RangeError for a set that is not of its parameter's size
 */
export function overlap(
  parameters: readonly Pick<PlacedParameter, 'name' | 'shape'>[],
  first: ReadonlyMap<string, EntrySet>,
  second: ReadonlyMap<string, EntrySet>,
): Overlap {
  let [n, a, b, common, byChanceWithinTensors] = [0, 0, 0, 0, 0];
  for (const { name, shape } of parameters) {
    const size = entryCount(shape);
    const sets = [first, second].map((all) => all.get(name) ?? noEntries(size)) as [EntrySet, EntrySet];
    const wrong = sets.find((set) => set.size !== size);
    if (wrong) throw new RangeError(`${name}: a set among ${wrong.size} entries, not ${size}`);
    const [ofFirst, ofSecond] = sets.map(countEntries) as [number, number];
    n += size;
    a += ofFirst;
    b += ofSecond;
    common += countCommon(...sets);
    if (size > 0) byChanceWithinTensors += ofFirst * (ofSecond / size);
  }
  const byChance = n === 0 ? 0 : a * (b / n);
  const variance = n < 2 ? 0 : byChance * ((n - a) / n) * ((n - b) / (n - 1));
  const jaccard = (shared: number) => (a + b === 0 ? 0 : shared / (a + b - shared));
  return {
    parameters: n,
    first: a,
    second: b,
    common,
    jaccard: jaccard(common),
    ofFirst: common / a,
    ofSecond: common / b,
    byChance,
    byChanceWithinTensors,
    jaccardByChance: jaccard(byChance),
    deviations: (common - byChance) / Math.sqrt(variance),
  };
}
