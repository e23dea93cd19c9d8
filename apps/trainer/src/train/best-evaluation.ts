import { InputError } from '@diffprune/command-line';
import type { Evaluation } from '@diffprune/evaluators';
import { readBytes, writeFileAtomically } from '@diffprune/files/node';
import { decodeDiff, encodeDiff, type DiffTensor, type SparseDiff } from '@diffprune/sparse-diff';
import type { Progress } from '@diffprune/training';
import type { MetricsLine } from '../run-folder/metrics-log.ts';
import type { RunFolder } from '../run-folder/run-folder.ts';
import { manifestOf } from './finish-run.ts';
import type { PreparedRun } from './prepare-run.ts';

/** Where an evaluation stands in a run. */
export type EvaluationPlace = Pick<Progress, 'stage' | 'step' | 'epoch'>;

/** The evaluations that a run could end with, of which one is the best: by the mean of its dev splits' main scores. */
export class BestEvaluation {
  #best: { readonly score: number; readonly place: EvaluationPlace } | undefined;
  /** How many there were, and how many of them since the best one. */
  #count = 0;
  #since = 0;

  /** @param lines what was logged before the run goes on */
  constructor(lines: readonly MetricsLine[]) {
    for (const line of lines) if (line.kind === 'evaluation' && line.candidate) this.add(line.splits, line);
  }

  /** Takes the next one; of equal ones, the first is the best. @returns whether it is the best so far */
  add(
    splits: Readonly<Record<string, Pick<Evaluation, 'main'>>>,
    { stage, step, epoch }: EvaluationPlace,
  ): boolean {
    const mains = Object.values(splits).map(({ main }) => main);
    const score = mains.reduce((sum, main) => sum + main, 0) / mains.length;
    this.#count++;
    this.#since++;
    if (this.#best !== undefined && !(score > this.#best.score)) return false;
    this.#best = { score, place: { stage, step, epoch } };
    this.#since = 0;
    return true;
  }

  /** Those since the best one. */
  get since(): number {
    return this.#since;
  }

  get place(): EvaluationPlace | undefined {
    return this.#best?.place;
  }

  /** `fixed-mask, epoch 2, the best of 3 evaluations by the mean of dev scores`. */
  describe(): string {
    const { stage, epoch } = this.#best!.place;
    return `${stage}, epoch ${epoch}, the best of ${this.#count} evaluations by dev score`;
  }
}

/** Keeps what is the best so far, exactly, beside the checkpoint. */
export async function saveBest(
  folder: RunFolder,
  prepared: PreparedRun,
  tensors: readonly DiffTensor[],
  { stage, step }: EvaluationPlace,
): Promise<void> {
  const manifest = { ...manifestOf(prepared, tensors, {}), annotations: { stage, step } };
  const { bytes } = encodeDiff({ manifest, tensors });
  await writeFileAtomically(folder.best, bytes);
}

/** @throws InputError for a file that is gone, damaged, or not of this evaluation */
export async function loadBest(folder: RunFolder, { stage, step }: EvaluationPlace): Promise<SparseDiff> {
  const read = async (): Promise<SparseDiff | undefined> => {
    const diff = decodeDiff(await readBytes(folder.best, Infinity));
    const { annotations } = diff.manifest;
    return annotations['stage'] === stage && annotations['step'] === step ? diff : undefined;
  };
  const diff = await read().catch(() => undefined);
  if (diff !== undefined) return diff;
  throw new InputError(
    `${folder.best} is not what step ${step} of ${stage} had learnt, the best by dev score; begin the run again in another --out`,
  );
}
