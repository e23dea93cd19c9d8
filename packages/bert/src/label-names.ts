import { excerptJson } from '@diffprune/files';
import { headDefinition, type Head } from './heads.ts';

/** What `config.json` says of a head's labels: their names, or why they cannot be this head's; nothing where it is silent. */
export interface NamedLabels {
  readonly labelNames?: readonly string[];
  readonly labelProblem?: string;
}

/** Reads `id2label` and `num_labels` of a `config.json` for the head that the weights hold. */
export function readLabels(json: Readonly<Record<string, unknown>>, heads: readonly Head[]): NamedLabels {
  const labels = heads
    .map((head) => headDefinition(head).labelCount(head))
    .find((count) => count !== undefined);
  if (labels === undefined) return {};
  const { id2label: names, num_labels: count } = json;
  if ((count ?? labels) !== labels)
    return problem('num_labels', count, `${labels}, as classifier.weight has`);
  if (names === undefined || names === null) return {};
  const named = Array.from({ length: labels }, (_, label) => (names as Record<string, unknown>)[label]);
  const isMap = typeof names === 'object' && !Array.isArray(names) && Object.keys(names).length === labels;
  const listed = named.filter((name) => typeof name === 'string');
  if (!isMap || listed.length < labels || new Set(listed).size < labels) {
    return problem(
      'id2label',
      names,
      `${labels} different names, for ${range(labels)}, as classifier.weight has`,
    );
  }
  return labels > 1 ? { labelNames: listed } : {};
}

const range = (labels: number): string => (labels === 1 ? '"0"' : `"0" to "${labels - 1}"`);

function problem(key: string, found: unknown, expected: string): NamedLabels {
  return { labelProblem: `"${key}" is ${excerptJson(found)}, expected ${expected}` };
}
