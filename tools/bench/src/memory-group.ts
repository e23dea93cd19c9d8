import type { MethodName } from '@diffprune/training';
import type { Effort, GroupResult } from './group.ts';
import { megabytes } from './report.ts';
import { measureInTurns, stepper } from './steppers.ts';
import type { SizeName } from './shapes.ts';

/** Peak memory with programs for several lengths, and of BERT-large. */
export async function memoryGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  const table = [['training', 'lengths of batches', 'peak MB']];
  const figures: Record<string, number> = {};
  const peak = async (size: SizeName, method: MethodName, lengths: readonly number[], steps: number) => {
    const title = `memory ${size}, lengths ${lengths.join(' ')}`;
    const series = await measureInTurns(title, { it: () => stepper(size, method, threads, lengths) }, steps);
    table.push([`${size}, ${method}`, lengths.join(', '), megabytes(series.it.peakMemory)]);
    return series.it.peakMemory;
  };
  const small = quick ? 'mini' : 'base';
  await peak(small, 'diff-pruning', [128], 3);
  await peak(small, 'diff-pruning', [32, 64, 96, 128], 12);
  if (!quick) figures['peak-memory-gib/large'] = (await peak('large', 'diff-pruning', [128], 3)) / 2 ** 30;
  return [{ title: 'Memory', table, details: figures, figures }];
}
