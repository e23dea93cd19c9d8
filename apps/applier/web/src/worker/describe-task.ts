import { baseParameters, type EncoderConfig } from '@diffprune/bert';
import { changesByGroup } from '@diffprune/evaluators';
import { glueTexts, problemOf, type ResidentTask } from '@diffprune/inference';
import type { SparseDiff } from '@diffprune/sparse-diff';
import type { Asks, PartChanges, TaskFacts } from './protocol.ts';

/**
 * What there is to say of a task.
 *
 * @param diff of which the task was made
 * @param bytes of its file
 */
export function describeTask(
  { name, manifest, bytes: memory }: ResidentTask,
  diff: SparseDiff,
  config: EncoderConfig,
  bytes: number,
): TaskFacts {
  const parts = changesByPart(config, diff);
  const base = new Set(baseParameters(config).map((parameter) => parameter.name));
  const own = diff.tensors.filter((tensor) => !base.has(tensor.name));
  return {
    ...{ name, manifest, bytes, memory, parts },
    asks: asksOf(manifest),
    labels: manifest.head === 'span' ? [] : problemOf(manifest).labels,
    changed: parts.reduce((sum, { changed }) => sum + changed, 0),
    brought: own.reduce((sum, { values }) => sum + values.length, 0),
  };
}

function asksOf({ head, task, texts }: SparseDiff['manifest']): Asks {
  if (head === 'span') return 'question';
  return (['either', 'text', 'pair'] as const)[texts || glueTexts(task)];
}

/** What a diff changes in each part of each layer, and in each part outside the layers. */
function changesByPart(config: EncoderConfig, { tensors }: SparseDiff): PartChanges[] {
  const groups = new Map<string, Pick<PartChanges, 'layer' | 'part'>>();
  const counts = changesByGroup(baseParameters(config), tensors, ({ kind, role, layer }) => {
    const part =
      kind === 'embeddings' && role === 'layer-norm' ? 'embeddings’ layer norm' : role.replaceAll('-', ' ');
    const group = `${layer} ${part}`;
    groups.set(group, { layer, part });
    return group;
  });
  return counts.map(({ group, changed, parameters }) => ({ ...groups.get(group)!, changed, parameters }));
}
