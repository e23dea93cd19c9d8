import type { MethodName } from '@diffprune/training';
import type { Effort, GroupResult } from './group.ts';
import { measureInTurns } from './measure-in-turns.ts';
import { megabytes, progress } from './report.ts';
import type { SizeName } from './shapes.ts';
import { stepper } from './steppers.ts';

/** Peak memory with programs for several lengths, and of BERT-large. */
export async function memoryGroup({ quick, threads }: Effort): Promise<GroupResult[]> {
  if (quick) {
    progress('memory: left out of a quick run');
    return [];
  }
  const table = [['training', 'lengths of batches', 'peak MB']];
  const figures: Record<string, number> = {};
  const peak = async (size: SizeName, method: MethodName, lengths: readonly number[], steps: number) => {
    const title = `memory ${size}, lengths ${lengths.join(' ')}`;
    const series = await measureInTurns(
      title,
      { it: () => stepper(size, method, threads, { lengths }) },
      steps,
    );
    table.push([`${size}, ${method}`, lengths.join(', '), megabytes(series.it.peakMemory)]);
    return series.it.peakMemory;
  };
  await peak('base', 'diff-pruning', [128], 3);
  await peak('base', 'diff-pruning', [32, 64, 96, 128], 12);
  figures['peak-memory-gib/large'] = (await peak('large', 'diff-pruning', [128], 3)) / 2 ** 30;
  return [{ title: 'Memory', table, details: figures, figures }];
}
