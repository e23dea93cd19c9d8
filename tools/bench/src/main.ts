import { Command, InvalidArgumentError, Option } from 'commander';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { browserGroup } from './browser-group.ts';
import { diffGroup } from './diff-group.ts';
import { floorGroup } from './floor-group.ts';
import type { Group } from './group.ts';
import { inferenceGroup } from './inference-group.ts';
import { memoryGroup } from './memory-group.ts';
import { methodGroup } from './method-group.ts';
import { digits, markdown, progress } from './report.ts';
import { serveGroup } from './serve-group.ts';
import { startGroup } from './start-group.ts';
import { stepGroup } from './step-group.ts';
import { targets } from './targets.ts';
import { torchGroup } from './torch-group.ts';

const groups: Readonly<Record<string, Group>> = {
  step: stepGroup,
  method: methodGroup,
  floor: floorGroup,
  torch: torchGroup,
  memory: memoryGroup,
  diff: diffGroup,
  inference: inferenceGroup,
  browser: browserGroup,
  start: startGroup,
  serve: serveGroup,
};

function count(text: string): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value > 0)) throw new InvalidArgumentError('a whole number from 1');
  return value;
}

const { json, quick, only, threads } = new Command('bench')
  .description('Measures speed and size as ratios in one run, and prints which targets are met.')
  .option('--json <file>', 'write every figure')
  .option('--quick', 'fewer rounds: about two minutes', false)
  .addOption(new Option('--only <group>', 'measure one group').choices(Object.keys(groups)))
  .option('--threads <n>', 'threads of every measured program', count, availableParallelism())
  .parse()
  .opts<{ json?: string; quick: boolean; only?: string; threads: number }>();

const [cpu] = cpus();
const machine = { cpu: cpu?.model.trim() ?? 'unknown', cores: cpus().length, threads, node: process.version };
process.stdout.write(`${machine.cpu}, ${machine.cores} cores, ${threads} threads, Node ${machine.node}\n`);
const details: Record<string, unknown> = {};
const figures: Record<string, number> = {};
for (const [name, group] of Object.entries(groups)) {
  if (only !== undefined && name !== only) continue;
  const start = performance.now();
  for (const result of await group({ quick, threads })) {
    process.stdout.write(`\n## ${result.title}\n\n${markdown(result.table)}\n`);
    details[result.title] = result.details;
    Object.assign(figures, result.figures);
  }
  progress(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
const reached = targets(figures);
const rows = reached.map(({ name, value, limit, ok }) => [
  name,
  value.toPrecision(4), // a digit more than tables have: what is just missed is seen to be
  digits(limit),
  ok ? 'ok' : 'missed',
]);
process.stdout.write(`\n## Targets\n\n${markdown([['target', 'value', 'limit', ''], ...rows])}\n`);
if (json !== undefined) {
  const text = JSON.stringify({ machine, quick, targets: reached, figures, details }, undefined, 2);
  writeFileSync(json, `${text}\n`);
}
