import { spawnSync } from 'node:child_process';
import type { Effort, GroupResult } from './group.ts';
import { measureInTurns, times } from './measure-in-turns.ts';
import { megabytes, progress, range } from './report.ts';
import { roundsOf } from './rounds.ts';
import { measured, ratio } from './statistics.ts';
import { stepper, torchStepper } from './steppers.ts';

/** A step of base takes PyTorch several seconds: too long for a quick run. */
const rounds = { tiny: [16, 6], mini: [10, 3], base: [4, 0] } as const;
const methods = ['full', 'diff-pruning'] as const;

/** A Python with torch: `DIFFPRUNE_PYTHON`, or one of the usual names. */
function findPython(): string | undefined {
  const candidates = [process.env['DIFFPRUNE_PYTHON'], 'python3', '/usr/bin/python3'];
  return candidates.find((python) => python && spawnSync(python, ['-c', 'import torch']).status === 0);
}

/** Diff-pruning steps against the same steps in plain PyTorch. */
export async function torchGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const python = findPython();
  if (python === undefined) {
    progress('torch: no Python with torch found (DIFFPRUNE_PYTHON names one); skipped');
    return [];
  }
  const table = [['size', 'method', 'ours ms', 'PyTorch ms', 'ratio', 'our peak MB', "PyTorch's"]];
  const figures: Record<string, number> = {};
  const details: Record<string, unknown> = {};
  let version = '';
  for (const [size, count] of roundsOf(rounds, quick)) {
    for (const method of quick ? methods.slice(1) : methods) {
      const start = {
        ours: () => stepper(size, method, threads),
        torch: () => torchStepper(python, size, method, threads),
      };
      const { ours, torch } = await measureInTurns(`torch ${size}, ${method}`, start, count);
      const quotient = ratio(times(ours), times(torch));
      if (method === 'diff-pruning') figures[`diff-vs-torch/${size}`] = quotient.median;
      table.push([
        ...[size, method, range(measured(times(ours))), range(measured(times(torch))), range(quotient)],
        ...[megabytes(ours.peakMemory), megabytes(torch.peakMemory)],
      ]);
      details[`${size}/${method}`] = { ours, torch };
      version = torch.ready.torch ?? version;
    }
  }
  return [{ title: `Against PyTorch ${version}`, table, details, figures }];
}
