import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatPredictions, splitLayout } from '@diffprune/glue';
import { writeDiff } from '@diffprune/sparse-diff/node';
import {
  density,
  headOf,
  methods,
  toDiffTensors,
  type SplitEvaluation,
  type TrainingResult,
} from '@diffprune/training';
import { writeWhole } from './files.ts';
import { describeDiff } from './manifest.ts';
import { nonzerosByPart } from './nonzeros.ts';
import type { PreparedRun } from './prepare-run.ts';
import { renderReport } from './report.ts';
import type { RunFolder } from './run-folder.ts';
import { formatBytes, formatScores, programNames, shellQuote } from './text.ts';

/**
 * Writes what a run leaves: predictions, report and, last, the diff, which marks the run as finished.
 *
 * @param evaluations of the final model
 * @returns what to tell the user
 */
export async function finishRun(
  folder: RunFolder,
  { config: { settings, fingerprints }, task, base }: PreparedRun,
  result: TrainingResult,
  evaluations: Readonly<Record<string, SplitEvaluation>>,
): Promise<string> {
  const head = headOf(task);
  const tensors = toDiffTensors(base.config, head, result);
  const reached = density(base.config, result);
  const parts = nonzerosByPart(base.config, tensors);
  const changed = parts.reduce((sum, part) => sum + part.changed, 0);
  const zeros = parts.reduce((sum, part) => sum + part.zeros, 0);
  const among = zeros > 0 ? `, ${zeros.toLocaleString('en')} of them by 0` : '';
  const scores = Object.entries(evaluations).map(([split, { scores }]) => formatScores(split, scores));

  const written: string[] = [];
  for (const [split, { predictions }] of Object.entries(evaluations)) {
    written.push(folder.predictions(split));
    await writeWhole(folder.predictions(split), formatPredictions(task, predictions));
  }
  const { title } = methods[settings.method];
  const facts = [
    ['task', `${task.folder} (${task.name})`],
    ['method', title],
    ['score', scores.join('; ')],
    ['base', `${settings.base}, ${base.parameters} parameters, fingerprint ${fingerprints.base}`],
    ['changed', `${changed} of them (density ${reached})${among}`],
    ...Object.entries(settings)
      .filter(([name]) => !['task', 'method', 'base'].includes(name))
      .map(([name, value]) => [name, String(value)] as const),
  ] as const;
  const report = folder.file('report.html');
  const heading = `${title} on ${task.folder}`;
  await writeWhole(
    report,
    await renderReport({ title: heading, facts, metrics: await folder.metrics(), parts }),
  );
  const manifest = describeDiff(settings, base, fingerprints.tokenizer, task, head, reached, evaluations);
  const diff = folder.diff(task.name);
  await writeDiff(diff, { manifest, tensors });

  const { size } = await stat(diff);
  const [split] = Object.keys(evaluations);
  const { file, textB } = splitLayout(task, split!);
  const path = join(settings.data, file);
  const pair = ['--text', 'a text', ...(textB === undefined ? [] : ['--text-b', 'another'])];
  const given = ['--base', settings.base, '--diff', diff, ...(existsSync(path) ? ['--file', path] : pair)];
  const apply = [programNames(process.env).apply, 'predict', ...given.map(shellQuote)];
  return `${title} on ${task.folder}: ${scores.join('; ')}
${changed.toLocaleString('en')} of the base's ${base.parameters.toLocaleString('en')} parameters changed (density ${reached.toPrecision(4)})${among}
diff ${formatBytes(size)}, base ${formatBytes(base.bytes)}, ${(base.bytes / size).toFixed(base.bytes < 10 * size ? 1 : 0)} times as large
written: ${[diff, ...written, report].join(', ')}
apply it: ${apply.join(' ')}
`;
}
