import { writeFileAtomically } from '@diffprune/files/node';
import { describeValues, programNames } from '@diffprune/command-line';
import type { Engine } from '@diffprune/engine';
import type { Evaluation } from '@diffprune/evaluators';
import { headOf } from '@diffprune/inference';
import {
  decodeDiff,
  encodeDiff,
  type DiffTensor,
  type EncodedDiff,
  type Manifest,
} from '@diffprune/sparse-diff';
import { density, findMethod, showOption, type TaskEvaluation } from '@diffprune/training';
import { describeAdapters } from './describe-adapters.ts';
import { describeDiff } from './manifest.ts';
import { nonzerosByPart, type PartNonzeros } from '../report/nonzeros.ts';
import type { PreparedRun } from './prepare-run.ts';
import type { Progress } from '../progress/progress.ts';
import { placedChanges } from '../report/placed-changes.ts';
import { repeatCommand } from '../report/repeat-command.ts';
import { renderReport } from '../report/report.ts';
import type { RunFolder } from '../run-folder/run-folder.ts';
import { evaluateStored } from './stored-diff.ts';
import {
  describeSamples,
  formatBytes,
  formatDuration,
  formatEvaluations,
  formatPercent,
  shellQuote,
} from '../format.ts';
import { diagnose, warnOfScores } from './warnings.ts';

/** What a run's diff says of itself. @param evaluations that it is to hold */
export function manifestOf(
  { config, task, type, base, model }: PreparedRun,
  tensors: readonly DiffTensor[],
  evaluations: Readonly<Record<string, Evaluation>>,
): Manifest {
  const reached = density(base.config, tensors);
  return describeDiff(config, base, model, task, headOf(type), reached, evaluations);
}

/**
 * Writes a run's diff to its folder.
 *
 * @param evaluations that it is to hold; none where it has not been evaluated
 */
export async function storeDiff(
  folder: RunFolder,
  prepared: PreparedRun,
  tensors: readonly DiffTensor[],
  evaluations: Readonly<Record<string, Evaluation>>,
): Promise<EncodedDiff> {
  const { config, task } = prepared;
  const manifest = manifestOf(prepared, tensors, evaluations);
  const encoded = encodeDiff({ manifest, tensors }, { values: config.settings.values });
  await writeFileAtomically(folder.diff(task.name), encoded.bytes);
  return encoded;
}

/**
 * Writes what a run leaves: first the diff, so that nothing that fails later loses what was learnt, then predictions and,
 * last, the report, which marks the run as finished. Where the diff's values are rounded, scores and predictions are
 * those of the diff as it is stored.
 *
 * @param trained evaluation of the model whose diff, which is exact, the tensors are
 * @param constantLoss the training loss that a constant prediction has
 * @param kept which evaluation's model it is, where it is the best of several
 * @returns what to tell the user
 */
export async function finishRun(
  folder: RunFolder,
  engine: Engine,
  prepared: PreparedRun,
  tensors: readonly DiffTensor[],
  trained: TaskEvaluation,
  constantLoss: number,
  progress: Pick<Progress, 'rows' | 'end'>,
  kept?: string,
): Promise<string> {
  const { config, task, type, base, model, dev } = prepared;
  const { settings, fingerprints } = config;
  const { values, batchSize } = settings;
  const method = findMethod(settings.method);
  const reached = density(base.config, tensors);

  let evaluations = trained.splits;
  let stored = await storeDiff(folder, prepared, tensors, values === 'fp32' ? trained.splits : {});
  if (values !== 'fp32') {
    const { bytes, tensors: reports } = stored;
    evaluations = await evaluateStored(decodeDiff(bytes), base.folder, {
      engine,
      task: type,
      batchSize,
      dev,
      progress,
    });
    const relativeError = Math.max(...reports.map(({ relativeError }) => relativeError));
    const splits = Object.entries(evaluations).map(([split, { scores, main }]) => [split, { scores, main }]);
    folder.log({ kind: 'stored', values, relativeError, splits: Object.fromEntries(splits) });
    stored = await storeDiff(folder, prepared, tensors, evaluations);
  }
  const { bytes, tensors: reports } = stored;

  const metrics = await folder.metrics();
  const parts = nonzerosByPart(base.config, tensors);
  const changed = parts.reduce((sum, part) => sum + part.changed, 0);
  const zeros = parts.reduce((sum, part) => sum + part.zeros, 0);
  const among =
    (zeros > 0 ? `, ${zeros.toLocaleString('en')} of them by 0` : '') + describePruning(parts, tensors);
  const adapters = describeAdapters(model, base.parameters);
  const constant = Object.fromEntries(
    Object.entries(dev).map(([split, { examples }]) => [split, type.scoreConstant(examples)]),
  );
  const scores = formatEvaluations(evaluations);
  // what only sets entries to zero makes the model sparse
  const [what, measure] = tensors.some(({ operation }) => operation === 'zero')
    ? ['set to 0', 'sparsity']
    : ['changed', 'density'];
  const samples = Object.entries(trained.samples ?? {}).map(
    ([split, of]) => `${split}: ${describeSamples(of)}`,
  );
  const answer = type.constantAnswer;
  const majority = formatEvaluations(constant);
  const warnings = [...warnOfScores(evaluations, constant), ...diagnose(method, metrics, constantLoss)];

  const written: string[] = [];
  for (const [split, { predictions }] of Object.entries(evaluations)) {
    for (const { name, format } of task.answerFiles) {
      const path = folder.answers(name, split);
      written.push(path);
      await writeFileAtomically(path, format(predictions));
    }
  }
  const facts = [
    ['task', `${task.title} (${task.name})`],
    ['method', method.title],
    ['score', scores.join('; ')],
    ...(kept === undefined ? [] : [['kept', kept] as const]),
    ...(samples.length > 0 ? [['score of samples', samples.join('; ')] as const] : []),
    [`score of ${answer}`, majority.join('; ')],
    ['base', `${settings.base}, ${base.parameters} parameters, fingerprint ${fingerprints.base}`],
    [what, `${changed} of them (${measure} ${reached})${among}`],
    ...(adapters === undefined ? [] : [['adapters', adapters] as const]),
    ['stored', describeValues(values, reports)],
    ['time', `${formatDuration(process.uptime())} since the program was last started`],
    ['largest memory', formatBytes(1024 * process.resourceUsage().maxRSS)],
    ['versions', `diffprune-train ${config.versions.trainer}, Node ${config.versions.node}`],
    ...Object.entries(settings)
      .filter(([name]) => !['task', 'method', 'base', 'values'].includes(name))
      .map(([name, value]) => [name, showOption(value!)] as const),
  ] as const;
  const answers = Object.entries(evaluations).flatMap(([split, { predictions }]) =>
    task.review ? [[split, task.review(predictions, dev[split]!.examples)] as const] : [],
  );
  const { report } = folder;
  const title = `${method.title} on ${task.title}`;
  await writeFileAtomically(
    report,
    await renderReport({
      ...{ title, facts, warnings, metrics, parts },
      groups: placedChanges(base.config, tensors),
      answers: Object.fromEntries(answers),
      command: repeatCommand(config, `${folder.path}-again`),
      measures: method.measures,
    }),
  );
  const diff = folder.diff(task.name);

  const [split] = Object.keys(evaluations);
  const inputs = await task.predictArguments(settings.data, split!);
  const given = ['--base', settings.base, '--diff', diff, ...inputs];
  const apply = [programNames(process.env).apply, 'predict', ...given.map(shellQuote)];
  const times = (base.bytes / bytes.length).toFixed(base.bytes < 10 * bytes.length ? 1 : 0);
  return [
    `${title}: ${scores.join('; ')} (${answer}: ${majority.join('; ')})`,
    ...samples,
    ...(kept === undefined ? [] : [`kept: ${kept}`]),
    `${changed.toLocaleString('en')} of the base's ${base.parameters.toLocaleString('en')} parameters ${what} (${measure} ${reached.toPrecision(4)})${among}`,
    ...(adapters === undefined ? [] : [`adapters: ${adapters}`]),
    ...warnings.map((warning) => `warning: ${warning}`),
    `diff ${formatBytes(bytes.length)}, ${describeValues(values, reports)}; base ${formatBytes(base.bytes)}, ${times} times as large`,
    `written: ${[diff, ...written, report].join(', ')}`,
    `apply it: ${apply.join(' ')}\n`,
  ].join('\n');
}

/** How many weights were pruned, and how many of the matrices that they are of remain; nothing where none were. */
function describePruning(parts: readonly PartNonzeros[], tensors: readonly DiffTensor[]): string {
  const pruned = parts.reduce((sum, part) => sum + part.pruned, 0);
  if (pruned === 0) return '';
  const matrices = tensors.filter(({ operation }) => operation === 'replace-sparse');
  const kept = matrices.reduce((sum, { positions }) => sum + positions.length, 0);
  const remaining = formatPercent(kept / (kept + pruned));
  return `; ${pruned.toLocaleString('en')} others pruned to 0, ${remaining} of their matrices' weights remain`;
}
