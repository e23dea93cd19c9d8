import { rm, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { sampleModelUrls } from '@diffprune/samples';
import { sampleModelFolder } from '@diffprune/samples/node';
import { agrees, describeAgreement, tabulateOutcomes } from './outcomes.ts';
import { plans } from './plans.ts';
import { switchTasks } from './task-switch.ts';
import { trainAndApply, type Outcome } from './train-and-apply.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = 'runs/demo';

const legend = `score: on 400 rows that were not trained on, the mean where there are two metrics. majority: what always giving
the most frequent class, or a constant, scores. density: part of the base that the diff changes. diff: the whole file,
with its changes in half precision and the task's head. base: model.safetensors, in half precision too, with the
heads of its pretraining.`;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function trainAll(): Promise<Outcome[]> {
  await rm(join(root, folder), { recursive: true, force: true });
  const outcomes: Outcome[] = [];
  for (const plan of plans) outcomes.push(await trainAndApply(root, folder, plan));
  return outcomes;
}

async function showOutcomes(outcomes: readonly Outcome[]): Promise<void> {
  say('\nEach diff was trained by one program, stored, and applied to the base by another:');
  for (const outcome of outcomes) say(describeAgreement(outcome));
  const { size } = await stat(sampleModelUrls['model.safetensors']);
  say(`\n${tabulateOutcomes(outcomes, size)}`);
  say(legend);
}

async function showSwitches(): Promise<void> {
  say('\nThe same from code, over one base in memory; each switch is apply + revert (median of five):');
  const asked = plans.map(({ task, input }) => ({ diff: join(root, folder, task, `${task}.sdiff`), input }));
  const switches = await switchTasks(sampleModelFolder(), asked);
  switches.forEach(({ task, milliseconds, answer }, i) => {
    const said = answer.label ?? answer.score!.toFixed(2);
    say(`  ${task}: ${milliseconds.toFixed(1)} ms, then ${JSON.stringify(plans[i]!.input)} -> ${said}`);
  });
}

async function demo(): Promise<void> {
  const began = performance.now();
  say('diffprune: one pretrained base, the sample model; three small tasks; one small diff for each.');
  say(`Everything goes to ${folder}/.`);
  const outcomes = await trainAll();
  await showOutcomes(outcomes);
  await showSwitches();
  say(
    `\nDone in ${((performance.now() - began) / 1000).toFixed(0)} s. Diffs: ${folder}/<task>/<task>.sdiff;`,
  );
  say(`curves and settings: ${folder}/<task>/report.html;`);
  say(`look inside a diff: npm run applier -- inspect --diff ${folder}/opinion/opinion.sdiff`);
  const failed = outcomes.filter((outcome) => !agrees(outcome)).map(({ task }) => task.name);
  if (failed.length > 0) throw new Error(`trainer and applier disagree on ${failed.join(', ')}`);
}

try {
  await demo();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
