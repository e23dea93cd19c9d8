import type { Engine } from '@diffprune/engine';
import type { MethodName } from './methods/registry.ts';
import { tinyRun } from './tiny-run.fixture.ts';
import { train } from './train.ts';

/** The losses of a small run's steps, dropout included: 20 of the first stage and, where there is one, 8 of the second. */
export async function lossCurve(method: MethodName, engine: Engine): Promise<number[]> {
  const run = await tinyRun(method, { epochs: 5, learningRate: 1e-3 });
  const losses: number[] = [];
  for await (const event of train({ ...run, engine, dev: {} })) {
    if (event.kind === 'step') losses.push(event.loss);
  }
  return losses;
}
