/** How questions become rows, and what a model gives for those becomes answers. */
export interface SpanSettings {
  /** How many of its context's last pieces a window shares with the next. */
  readonly docStride: number;
  /** Of a longer question, the first so many pieces are kept. */
  readonly maxQuestionLength: number;
  /** The longest answer, in pieces. */
  readonly maxAnswerLength: number;
  /** How many candidates an answer comes with. */
  readonly nBest: number;
  /** Whether *no answer* is an answer, as in SQuAD 2.0. */
  readonly version2: boolean;
  /** Version 2.0: there is no answer where the score of that exceeds the best answer's by more than this. */
  readonly nullThreshold: number;
}

/** The defaults of transformers' `run_qa.py`, and of BERT's original code for the question. */
export const defaultSpanSettings: SpanSettings = {
  docStride: 128,
  maxQuestionLength: 64,
  maxAnswerLength: 30,
  nBest: 20,
  version2: false,
  nullThreshold: 0,
};

/** The longest row unless told, in tokens: that of `run_qa.py`. */
export const defaultMaxLength = 384;

/**
 * Settings, those that are not given as is usual: a question has at most half of a row, and windows share no more than
 * half of what the longest leaves of it, so that there are windows in short rows, too.
 *
 * @param given some of the settings, among whatever else
 * @param maxLength the longest row, in tokens
 * @throws RangeError as `checkSpanSettings`
 */
export function completeSpanSettings(
  given: Readonly<Record<string, unknown>>,
  maxLength: number,
): SpanSettings {
  const names = Object.keys(defaultSpanSettings).filter((name) => given[name] !== undefined);
  const known: Partial<SpanSettings> = Object.fromEntries(names.map((name) => [name, given[name]]));
  const usual = defaultSpanSettings;
  const { maxQuestionLength = Math.min(usual.maxQuestionLength, Math.floor(maxLength / 2)) } = known;
  const room = maxLength - maxQuestionLength - specialTokens;
  const docStride = Math.max(0, Math.min(usual.docStride, Math.floor(room / 2)));
  const settings = { ...usual, maxQuestionLength, docStride, ...known };
  checkSpanSettings(settings, maxLength);
  return settings;
}

/** [CLS], and a [SEP] behind either text. */
const specialTokens = 3;

/**
 * @param maxLength the longest row, in tokens
 * @throws RangeError for a setting that is no count, and where the longest question leaves the context so little room
 *   that windows could not move on
 */
export function checkSpanSettings(settings: SpanSettings, maxLength: number): void {
  const least = { docStride: 0, maxQuestionLength: 1, maxAnswerLength: 1, nBest: 1 } as const;
  for (const [name, minimum] of Object.entries(least)) {
    const value = settings[name as keyof typeof least];
    if (!Number.isSafeInteger(value) || value < minimum) {
      throw new RangeError(`${name} is ${value}, expected an integer of at least ${minimum}`);
    }
  }
  const { version2, nullThreshold } = settings;
  if (typeof version2 !== 'boolean') throw new RangeError(`version2 is ${version2}, expected true or false`);
  if (typeof nullThreshold !== 'number' || Number.isNaN(nullThreshold)) {
    throw new RangeError(`nullThreshold is ${nullThreshold}, expected a number`);
  }
  const { docStride, maxQuestionLength } = settings;
  const shortest = docStride + maxQuestionLength + specialTokens + 1;
  if (!Number.isSafeInteger(maxLength) || maxLength < shortest) {
    throw new RangeError(
      `maxLength is ${maxLength}, expected at least ${shortest} for a question of ${maxQuestionLength} pieces and windows ` +
        `that share ${docStride}; lower docStride or maxQuestionLength`,
    );
  }
}
