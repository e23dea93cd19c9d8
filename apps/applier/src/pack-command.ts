import { mkdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFileAtomically } from '@diffprune/files/node';
import { checkOutputFolder, InputError } from '@diffprune/command-line';
import type { DataFormat } from '@diffprune/glue';
import { showDownload } from '@diffprune/hub';
import { loadBase, type RunOptions } from '@diffprune/inference/node';
import type { ValueCoding } from '@diffprune/sparse-diff';
import { assertEmpty } from './output-folder.ts';
import { packModel, type Packed } from './pack-model.ts';

export interface PackOptions extends RunOptions {
  readonly base: string;
  readonly models: readonly string[];
  /** One name for each model. */
  readonly tasks?: readonly string[];
  /** One file for all models, or one for each. */
  readonly texts?: readonly string[];
  readonly format?: DataFormat;
  readonly columns?: readonly string[];
  readonly agree?: number;
  readonly exact?: boolean;
  readonly values?: ValueCoding;
  readonly batchSize: number;
  readonly out: string;
}

/** What is to become of one model. */
export interface PackPlan {
  readonly model: string;
  /** Its task's name, which the diff's file has, too. */
  readonly task: string;
  /** The file of texts that its answers are compared on; none where the diff is exact. */
  readonly texts: string | undefined;
}

/**
 * Makes a diff of each of several models that were fine-tuned from one base: of the least density at which it answers as
 * its model does, or an exact one. The base is read once. Each diff is written as soon as it is there.
 */
export async function packCommand(options: PackOptions): Promise<void> {
  const { base: given, out, engine, threads } = options;
  const plans = planModels(options);
  const inputs = Object.fromEntries(plans.map(({ model }, i) => [`--models (${i + 1})`, model]));
  await checkOutputFolder('--out', out, { '--base': given, ...inputs });
  await assertEmpty(out);
  for (const file of new Set(options.texts)) await stat(file);

  const base = await showDownload(process.stderr, (view) =>
    loadBase(given, { ...(engine && { engine }), ...(threads && { threads }), ...view }),
  );
  const packed: Packed[] = [];
  try {
    for (const plan of plans) {
      const made = await packModel(base, plan, options, (line) =>
        process.stderr.write(`${plan.task}: ${line}\n`),
      );
      await mkdir(out, { recursive: true });
      await writeFileAtomically(join(out, `${plan.task}.sdiff`), made.diff);
      packed.push(made);
    }
  } finally {
    await base.predictors.dispose();
  }
  process.stdout.write(describe(packed, base.bytes, out));
}

/** @throws InputError for options that contradict or that are not as many as they should be, and for names that are the same */
function planModels({
  models,
  tasks,
  texts,
  agree,
  exact = false,
  values,
  format,
  columns,
}: PackOptions): PackPlan[] {
  if (exact && (texts ?? agree ?? values ?? format ?? columns) !== undefined) {
    throw new InputError(
      '--exact keeps all that changed, whatever a model answers: leave --texts, --agree, --columns, --format and --values out',
    );
  }
  if (!exact && texts === undefined) {
    throw new InputError('give --texts a file of texts to compare answers on, or --exact');
  }
  if (agree !== undefined && !(agree > 0 && agree <= 1)) {
    throw new InputError(`--agree must be above 0 and at most 1, not ${agree}`);
  }
  const count = models.length;
  if (texts !== undefined && texts.length !== 1 && texts.length !== count) {
    throw new InputError(
      `--texts names ${texts.length} files for ${count} models; give one for all, or one for each`,
    );
  }
  if (tasks !== undefined && tasks.length !== count) {
    throw new InputError(`--tasks has ${tasks.length} names for ${count} models; give one for each`);
  }
  const names = tasks ?? models.map((model) => basename(model.replace(/@[^/@]*$/, '')));
  const wrong = names.find(
    (name, i) => !/^[\w.-]+$/.test(name) || /^\.+$/.test(name) || names.indexOf(name) !== i,
  );
  if (wrong !== undefined) {
    const same = names.filter((name) => name === wrong).length > 1;
    const problem = same ? 'is the name of two models' : 'cannot be the name of a file';
    throw new InputError(`${JSON.stringify(wrong)} ${problem}; name each by --tasks`);
  }
  return models.map((model, i) => ({ model, task: names[i]!, texts: texts?.[texts.length === 1 ? 0 : i] }));
}

function describe(packed: readonly Packed[], baseBytes: number, out: string): string {
  const integer = (value: number): string => value.toLocaleString('en');
  const rows = packed.map(({ task, density, entries, agreement, diff, modelBytes }) => [
    ...[task, density.toPrecision(3), integer(entries), agreement, integer(diff.length), integer(modelBytes)],
  ]);
  const table = [['model', 'density', 'entries', 'agreement', 'bytes', 'bytes of the model'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const models = packed.reduce((sum, { modelBytes }) => sum + modelBytes, 0);
  const diffs = packed.reduce((sum, { diff }) => sum + diff.length, 0);
  const times = (models / (baseBytes + diffs)).toFixed(2);
  return [
    ...lines,
    `${integer(models)} bytes of models are ${integer(baseBytes)} of the base and ${integer(diffs)} of diffs, ${times} times less`,
    `written: ${packed.map(({ task }) => join(out, `${task}.sdiff`)).join(', ')}\n`,
  ].join('\n');
}
