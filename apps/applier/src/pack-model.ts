import { InputError, showRows } from '@diffprune/command-line';
import type { Example } from '@diffprune/glue';
import { readTexts } from '@diffprune/glue/node';
import { applyDiff, fingerprintTokenizer, glueTask, type StoredBase } from '@diffprune/inference/node';
import type { Base } from '@diffprune/inference/node';
import { createTokenizer } from '@diffprune/bert';
import {
  decodeDiff,
  encodeDiff,
  extractExact,
  extractTensors,
  type DiffTensor,
  type EncodedDiff,
  type Manifest,
  type SparseDiff,
} from '@diffprune/sparse-diff';
import { readSquad } from '@diffprune/squad/node';
import { agreements } from './agreement.ts';
import {
  describeExtracted,
  entriesOfBase,
  readFineTuned,
  tensorPairs,
  type FineTuned,
} from './fine-tuned.ts';
import { leastDensity } from './least-density.ts';
import type { PackOptions, PackPlan } from './pack-command.ts';

/** Part of the answers that must agree unless told. */
const usualAgreement = 0.995;

/** A model as a diff. */
export interface Packed {
  readonly task: string;
  /** The file. */
  readonly diff: Uint8Array;
  /** Of the base's entries, those that it changes. */
  readonly entries: number;
  readonly density: number;
  /** How it answers beside its model, in words. */
  readonly agreement: string;
  /** Size of the model's weights files. */
  readonly modelBytes: number;
}

/**
 * Makes the diff of one model.
 *
 * @param note takes a line on what is found
 * @throws InputError for a model or texts that cannot be used, and where no density is found
 */
export async function packModel(
  base: Base & StoredBase,
  plan: PackPlan,
  options: PackOptions,
  note: (line: string) => void,
): Promise<Packed> {
  const tuned = await readFineTuned(plan.model, base, options.base);
  await checkTokenizer(base, tuned);
  const made = options.exact
    ? await packExactly(base, plan, tuned)
    : await packByAgreement(base, plan, tuned, options, note);
  const entries = entriesOfBase(base, made.tensors);
  return {
    ...{ task: plan.task, diff: made.bytes, agreement: made.agreement, entries },
    density: entries / base.parameters,
    modelBytes: tuned.checkpoint.weightFiles.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** A diff, and what it was made of. */
interface Made {
  readonly bytes: Uint8Array;
  readonly tensors: readonly DiffTensor[];
  readonly agreement: string;
}

/** Every entry that changed; what is written gives the model's own bytes again, which is seen to. */
async function packExactly(base: Base, { task }: PackPlan, tuned: FineTuned): Promise<Made> {
  const tensors = await extractExact(tensorPairs(base, tuned));
  const manifest = describeExtracted(base, tuned, tensors, { task, method: 'exact-extraction' });
  const { bytes } = encodeDiff({ manifest, tensors });
  const model = await applyDiff(base, decodeDiff(bytes));
  try {
    for (const { name, tuned: own } of tensorPairs(base, tuned)) {
      const found = base.tensors.get(name)!.data;
      if (Buffer.compare(bytesOf(found), bytesOf(own)) !== 0) {
        throw new Error(`${name} of ${tuned.given} is not what the diff makes of the base`);
      }
    }
  } finally {
    model.revert();
  }
  return { bytes, tensors, agreement: 'exact' };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** The largest changes, as few as do for answers that agree with the model's own on the texts. */
async function packByAgreement(
  base: Base,
  { task, texts }: PackPlan,
  tuned: FineTuned,
  options: PackOptions,
  note: (line: string) => void,
): Promise<Made> {
  const { agree = usualAgreement, values = 'fp32' } = options;
  const { measure, of } = agreements[tuned.head.kind]!;
  const examples = await readExamples(texts!, task, tuned, options);
  if (examples.length * (1 - agree) < 1) {
    note(
      `there are ${examples.length} texts, so that a single other answer is too many; more of them tell more`,
    );
  }
  const describe = (tensors: readonly DiffTensor[], agreement?: number): Manifest => {
    const annotations = agreement === undefined ? {} : { agreement, agreementTexts: examples.length };
    const said = { task, method: 'magnitude-extraction', annotations, ...textsOf(tuned, examples) };
    return describeExtracted(base, tuned, tensors, said);
  };
  const answer = (diff: SparseDiff) => answersOf(base, diff, examples, options.batchSize, task);

  const whole = await extractExact(tensorPairs(base, tuned));
  const own = await answer({ manifest: describe(whole), tensors: whole });
  let found: { readonly tensors: readonly DiffTensor[]; readonly agreement: number } | undefined;
  const density = await leastDensity(base.parameters, async (density) => {
    const selection = { density, scope: 'global', of: base.parameters } as const;
    const tensors = await extractTensors(() => tensorPairs(base, tuned), selection);
    const stored = encodeDiff({ manifest: describe(tensors), tensors }, { values });
    const agreement = of(await answer(decodeDiff(stored.bytes)), own);
    note(`density ${density}: agreement ${agreement.toFixed(4)}`);
    if (!(agreement >= agree)) return false;
    found = { tensors, agreement };
    return true;
  });
  if (density === undefined || found === undefined) {
    throw new InputError(
      `${tuned.given}: at no density up to a half do ${measure} reach --agree ${agree} over the texts of ${texts}; ` +
        'lower it, take finer --values, or keep all that changed by --exact',
    );
  }
  const { tensors, agreement } = found;
  const manifest = describe(tensors, agreement);
  const { bytes }: EncodedDiff = encodeDiff({ manifest, tensors }, { values });
  return { bytes, tensors, agreement: `${agreement.toFixed(4)} (${examples.length} texts, ${measure})` };
}

/** What a base with a diff on it answers; the base is as it was afterwards. */
async function answersOf(
  base: Base,
  diff: SparseDiff,
  examples: readonly Example[],
  batchSize: number,
  name: string,
): Promise<readonly unknown[]> {
  const view = showRows(process.stderr);
  const model = await applyDiff(base, diff);
  try {
    return await model.predict(examples, batchSize, (done, rows) => view.rows(name, done, rows));
  } finally {
    view.end();
    model.revert();
  }
}

/** @throws DataFileError for a file that cannot be used, InputError for one without a text, or options for others */
async function readExamples(
  file: string,
  task: string,
  { head, given }: FineTuned,
  { format, columns }: PackOptions,
): Promise<readonly Example[]> {
  const asked = head.kind === 'span';
  if (asked && (format ?? columns) !== undefined) {
    throw new InputError(`${given} answers questions, to whose files --columns and --format have no meaning`);
  }
  const known = glueTask(task);
  const options = { ...(format && { format }), ...(columns && { columns }), ...(known && { task: known }) };
  // what is asked of a model with its head is seen to by the model
  const examples = asked ? ((await readSquad(file)) as readonly unknown[]) : await readTexts(file, options);
  if (examples.length === 0) throw new InputError(`${file} has no text to compare answers on`);
  return examples as readonly Example[];
}

/** How many texts an input has, where all have as many. */
function textsOf({ head }: FineTuned, examples: readonly Example[]): { texts?: 1 | 2 } {
  if (head.kind === 'span') return {};
  const pairs = examples.filter(({ textB }) => textB !== undefined).length;
  if (pairs === 0) return { texts: 1 };
  return pairs === examples.length ? { texts: 2 } : {};
}

/** @throws InputError for a model whose tokenizer is not the base's, by which its diff will read */
async function checkTokenizer(base: Base, { checkpoint, given }: FineTuned): Promise<void> {
  const { tokenizerFiles, config } = checkpoint;
  const own = await fingerprintTokenizer(createTokenizer(tokenizerFiles, config.vocabSize, given));
  if (own === base.tokenizerFingerprint) return;
  throw new InputError(
    `${given} has another tokenizer than the base, whose diffs read with the base's: pack it with the base it was fine-tuned from`,
  );
}
