import { uniformAt, type Key } from '@diffprune/kernels';

/** What masking must know of a vocabulary. */
export interface MaskingVocabulary {
  readonly clsId: number;
  readonly sepId: number;
  readonly padId: number;
  readonly maskId: number;
  /** Words of the model. */
  readonly vocabSize: number;
}

/** The fraction of tokens that are predicted (Devlin et al. 2019, section 3.1). */
const chosenFraction = 0.15;

/** Tokens of a row that are chosen: 15% of its length, at least one (Devlin et al. 2019, reference code). */
export function predictionsFor(length: number): number {
  return Math.max(1, Math.round(chosenFraction * length));
}

/** A row's places to predict; views into a batch's arrays, one entry for each prediction. */
export interface Predictions {
  /** Places within the row. */
  readonly positions: Int32Array;
  /** The tokens that stood there. */
  readonly labels: Int32Array;
  /** 1, or 0 where the row has fewer tokens to choose from. */
  readonly weights: Float32Array;
}

/**
 * Chooses tokens of a row, special ones excepted, and replaces each by [MASK] with probability 0.8, by a word drawn
 * from the whole vocabulary with probability 0.1, else leaves it (Devlin et al. 2019, section 3.1 and appendix A.1).
 *
 * @param row token ids, changed in place
 * @param key the stream that everything is drawn from
 * @param predictions filled; they must be zero before
 */
export function maskRow(
  row: Int32Array,
  key: Key,
  { clsId, sepId, padId, maskId, vocabSize }: MaskingVocabulary,
  { positions, labels, weights }: Predictions,
): void {
  const candidates: number[] = [];
  row.forEach((id, place) => {
    if (id !== clsId && id !== sepId && id !== padId) candidates.push(place);
  });
  const count = Math.min(positions.length, candidates.length);
  for (let i = 0; i < count; i++) {
    // the first steps of a Fisher-Yates shuffle
    const j = i + Math.floor(uniformAt(key, 3 * i) * (candidates.length - i));
    const place = candidates[j]!;
    candidates[j] = candidates[i]!;
    positions[i] = place;
    labels[i] = row[place]!;
    weights[i] = 1;
    const kind = uniformAt(key, 3 * i + 1);
    if (kind < 0.8) row[place] = maskId;
    else if (kind < 0.9) row[place] = Math.floor(uniformAt(key, 3 * i + 2) * vocabSize);
  }
}
