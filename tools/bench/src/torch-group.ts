import { spawnSync } from 'node:child_process';
import type { Effort, GroupResult } from './group.ts';
import { measureInTurns, times } from './measure-in-turns.ts';
import { megabytes, progress, range } from './report.ts';
import { roundsOf } from './rounds.ts';
import { measured, ratio } from './statistics.ts';
import { stepper, torchStepper, type Precision } from './steppers.ts';

/** A step of base takes PyTorch several seconds: too long for a quick run. */
const rounds = { tiny: [16, 6], mini: [10, 3], base: [4, 0] } as const;
const methods = ['full', 'diff-pruning'] as const;

/** What the baseline uses, AdamW in one kernel on the CPU being the latest: PyTorch 2.4. */
const probe = 'import torch; p = torch.ones(1, requires_grad=True); torch.optim.AdamW([p], fused=True)';

/** A Python with torch: `DIFFPRUNE_PYTHON`, or one of the usual names. */
function findPython(): string | undefined {
  const candidates = [process.env['DIFFPRUNE_PYTHON'], 'python3', '/usr/bin/python3'];
  return candidates.find((python) => python && spawnSync(python, ['-c', probe]).status === 0);
}

/** Diff-pruning steps against the same steps in PyTorch, in fp32 and in bf16. */
export async function torchGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const python = findPython();
  if (python === undefined) {
    progress('torch: no Python with PyTorch 2.4 or later found (DIFFPRUNE_PYTHON names one); skipped');
    return [];
  }
  const table = [
    ['size', 'method', 'PyTorch in', 'ours ms', 'PyTorch ms', 'ratio', 'our peak MB', "PyTorch's"],
  ];
  const figures: Record<string, number> = {};
  const details: Record<string, unknown> = {};
  let version = '';
  for (const [size, count] of roundsOf(rounds, quick)) {
    for (const method of quick ? methods.slice(1) : methods) {
      const inTorch = (precision: Precision) => () => torchStepper(python, size, method, threads, precision);
      const start = {
        ours: () => stepper(size, method, threads),
        fp32: inTorch('fp32'),
        bf16: inTorch('bf16'),
      };
      const series = await measureInTurns(`torch ${size}, ${method}`, start, count);
      const { ours } = series;
      for (const precision of ['fp32', 'bf16'] as const) {
        const torch = series[precision];
        const quotient = ratio(times(ours), times(torch));
        const name = precision === 'fp32' ? 'diff-vs-torch' : 'diff-vs-torch-bf16';
        if (method === 'diff-pruning') figures[`${name}/${size}`] = quotient.median;
        table.push([
          ...[size, method, precision, range(measured(times(ours))), range(measured(times(torch)))],
          ...[range(quotient), megabytes(ours.peakMemory), megabytes(torch.peakMemory)],
        ]);
        version = torch.ready.torch ?? version;
      }
      details[`${size}/${method}`] = series;
    }
  }
  return [{ title: `Against PyTorch ${version}`, table, details, figures }];
}
