import { rm, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { sampleModelUrls } from '@diffprune/samples';
import { sampleModelFolder } from '@diffprune/samples/node';
import { agrees, describeAgreement, tabulateMethods, tabulateTasks } from './outcomes.ts';
import { methodPlans, taskPlans, type Plan } from './plans.ts';
import { switchTasks } from './task-switch.ts';
import { trainAndApply, type Outcome } from './train-and-apply.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = 'runs/demo';

const taskLegend = `score: on 400 rows that were not trained on, the mean where there are two metrics. majority: what always giving
the most frequent class, or a constant, scores. density: part of the base that the diff changes. diff: the whole file,
with its changes in half precision and the task's head. base: model.safetensors, in half precision too, with the
heads of its pretraining.`;

const methodLegend = `remaining: part of the encoder's weights that pruning leaves. Dense values are stored in single precision. training:
the trainer's whole run, reading, evaluations and report included.`;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function trainAll(plans: readonly Plan[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const plan of plans) outcomes.push(await trainAndApply(root, folder, plan));
  return outcomes;
}

function showAgreements(outcomes: readonly Outcome[]): void {
  say('\nEach diff was trained by one program, stored, and applied to the base by another:');
  for (const outcome of outcomes) say(describeAgreement(outcome));
}

async function showSwitches(): Promise<void> {
  say('\nThe same from code, over one base in memory; each switch is apply + revert (median of five):');
  const asked = taskPlans.map(({ task, run, input }) => {
    return { diff: join(root, folder, run, `${task}.sdiff`), input };
  });
  const switches = await switchTasks(sampleModelFolder(), asked);
  switches.forEach(({ task, milliseconds, answer }, i) => {
    const said = answer.label ?? answer.score!.toFixed(2);
    say(`  ${task}: ${milliseconds.toFixed(1)} ms, then ${JSON.stringify(taskPlans[i]!.input)} -> ${said}`);
  });
}

async function demo(): Promise<void> {
  const began = performance.now();
  say('diffprune: one pretrained base, the sample model; three small tasks; one small diff for each.');
  say(`Everything goes to ${folder}/.`);
  await rm(join(root, folder), { recursive: true, force: true });
  const tasks = await trainAll(taskPlans);
  showAgreements(tasks);
  const { size } = await stat(sampleModelUrls['model.safetensors']);
  say(`\n${tabulateTasks(tasks, size)}`);
  say(taskLegend);
  await showSwitches();

  const [{ task }] = tasks as [Outcome];
  say(`\nThe same base and data, ${task.name}, by other methods:`);
  const methods = await trainAll(methodPlans);
  showAgreements(methods);
  say(`\n${tabulateMethods([...tasks.slice(0, 1), ...methods], size)}`);
  say(methodLegend);

  say(
    `\nDone in ${((performance.now() - began) / 1000).toFixed(0)} s. Diffs: ${folder}/<task or method>/<task>.sdiff;`,
  );
  say(`curves and settings: ${folder}/<task or method>/report.html;`);
  say(`look inside a diff: npm run applier -- inspect --diff ${folder}/opinion/opinion.sdiff`);
  const failed = [...tasks, ...methods].filter((outcome) => !agrees(outcome));
  if (failed.length > 0) {
    const names = failed.map(({ task, manifest }) => `${task.name} by ${manifest.method}`);
    throw new Error(`trainer and applier disagree on ${names.join(', ')}`);
  }
}

try {
  await demo();
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
