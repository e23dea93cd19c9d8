import { readFile, rm, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { evaluate } from '@diffprune/evaluators';
import { findTask, parsePredictions, readTask, type Task } from '@diffprune/glue';
import { sampleTasks, writeTask } from '@diffprune/samples';
import { inspectDiff, type Manifest } from '@diffprune/sparse-diff';
import { writeBase } from './base-model.ts';
import { comparePredictions, type Agreement } from './compare-predictions.ts';
import { majorityScore } from './majority-score.ts';
import { plans, type Plan } from './plans.ts';
import { runCommand } from './run-command.ts';
import { formatTable } from './table.ts';
import { switchTasks } from './task-switch.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = 'runs/demo';
const base = `${folder}/base`;

/** What became of one task. */
interface Outcome {
  readonly task: Task;
  readonly manifest: Manifest;
  readonly diffBytes: number;
  readonly score: number;
  readonly majority: number;
  readonly agreement: Agreement;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Trains a diff with one program, applies it with another, and compares what the two predict. */
async function trainAndApply({ task: name, trainRows, options }: Plan): Promise<Outcome> {
  const task = findTask(name, sampleTasks);
  const data = `${folder}/data/${task.folder}`;
  const run = `${folder}/${name}`;
  const diff = `${run}/${name}.sdiff`;
  const applied = `${run}/applied.tsv`;
  await writeTask(join(root, data), name, { trainRows });
  await runCommand(root, 'trainer', [
    ...['train', '--task', name, '--data', data, '--base', base, '--out', run],
    ...['--method', 'structured-diff-pruning', ...options],
  ]);
  await runCommand(root, 'applier', [
    ...['predict', '--base', base, '--diff', diff, '--file', `${data}/dev.tsv`, '--out', applied],
  ]);
  const read = async (file: string) => parsePredictions(await readFile(join(root, file)), file, task);
  const [trained, predictions] = await Promise.all([read(`${run}/predictions.tsv`), read(applied)]);
  const { examples } = await readTask(join(root, data), task, 'dev');
  const labels = examples.map(({ label }) => label!);
  const values = predictions.map(({ value }) => value);
  const bytes = await readFile(join(root, diff));
  return {
    ...{ task, manifest: inspectDiff(bytes).manifest, diffBytes: bytes.length },
    score: evaluate(task.metrics, values, labels).main,
    majority: majorityScore(task, labels),
    agreement: comparePredictions(trained, predictions),
  };
}

function describeAgreement({ task, agreement }: Outcome): string {
  const { rows, sameLabels, largestDifference } = agreement;
  return (
    `${task.name}: trainer and applier agree on ${sameLabels} of ${rows} rows; ` +
    `the largest difference of a number is ${largestDifference.toExponential(1)}`
  );
}

async function demo(): Promise<void> {
  const began = performance.now();
  say(`diffprune: two small tasks, one base, one small diff for each. Everything goes to ${folder}/.`);
  await rm(join(root, folder), { recursive: true, force: true });
  await writeBase(join(root, base));
  const baseBytes = (await stat(join(root, base, 'model.safetensors'))).size;
  say(`The base in ${base}/ was made on the spot and is untrained (random weights): scores are far below`);
  say('those of a pretrained model, which takes its place as --base in your own runs.');

  const outcomes: Outcome[] = [];
  for (const plan of plans) outcomes.push(await trainAndApply(plan));

  say(`\nEach diff was trained by one program, stored, and applied to the base by another:`);
  for (const outcome of outcomes) say(describeAgreement(outcome));
  const failed = outcomes.filter(
    ({ agreement: { rows, sameLabels, largestDifference } }) => sameLabels < rows || largestDifference > 1e-6,
  );

  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  const rows = outcomes.map(({ task, manifest, diffBytes, score, majority }) => [
    ...[task.name, manifest.method, task.metrics.join('+'), score.toFixed(3), majority.toFixed(3)],
    ...[`${(100 * manifest.density).toFixed(2)}%`, kilobytes(diffBytes), kilobytes(baseBytes)],
  ]);
  say(`\n${formatTable(['task', 'method', 'metric', 'score', 'majority', 'density', 'diff', 'base'], rows)}`);

  say('\nThe same from code, over one base in memory; each switch is apply + revert (median of five):');
  const asked = plans.map(({ task, input }) => ({ diff: join(root, folder, task, `${task}.sdiff`), input }));
  const switches = await switchTasks(join(root, base), asked);
  switches.forEach(({ task, milliseconds, answer }, i) => {
    const said = answer.label ?? answer.score!.toFixed(2);
    say(`  ${task}: ${milliseconds.toFixed(1)} ms, then ${JSON.stringify(plans[i]!.input)} -> ${said}`);
  });
  say(
    `\nDone in ${((performance.now() - began) / 1000).toFixed(0)} s. Diffs: ${folder}/<task>/<task>.sdiff; curves and settings:`,
  );
  say(
    `${folder}/<task>/report.html; look inside a diff: npm run applier -- inspect --diff ${folder}/opinion/opinion.sdiff`,
  );
  if (failed.length > 0) {
    throw new Error(`trainer and applier disagree on ${failed.map(({ task }) => task.name).join(', ')}`);
  }
}

try {
  await demo();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
