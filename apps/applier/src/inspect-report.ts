import { modelPart } from '@diffprune/bert';
import { entropyBits, type DiffSummary } from '@diffprune/sparse-diff';

/** Entries of one part of the model. */
export interface PartReport {
  /** `embeddings`, `layer 0`, ..., `pooler`, `adapters` or `head`. */
  readonly part: string;
  readonly entries: number;
  readonly bytes: number;
}

/** What there is to say about a diff's size. */
export interface InspectReport extends DiffSummary {
  readonly parts: readonly PartReport[];
  /** Of the tensors with positions; absent where there are none. */
  readonly positions?: {
    readonly count: number;
    readonly bytes: number;
    readonly bitsPerPosition: number;
    /**
     * H(k/d)·d/k for k positions among d base parameters: no coding of random positions is shorter. Those of pruned
     * tensors are among these tensors' entries alone.
     */
    readonly entropyBound: number;
  };
  /** Of the tensors that are pruned; absent where there are none. */
  readonly pruned?: {
    readonly tensors: number;
    readonly entries: number;
    /** Those that are left; the others are 0. */
    readonly remaining: number;
  };
}

/** Adds to a file's summary what its entries amount to, by part of the model. */
export function inspectReport(summary: DiffSummary): InspectReport {
  const parts = new Map<string, { entries: number; bytes: number }>();
  for (const tensor of summary.tensors) {
    const name = modelPart(tensor.name);
    const { entries, bytes } = parts.get(name) ?? { entries: 0, bytes: 0 };
    parts.set(name, {
      entries: entries + tensor.count,
      bytes: bytes + tensor.positionBytes + tensor.valueBytes,
    });
  }
  const sparse = summary.tensors.filter(({ operation }) => operation !== 'replace-dense');
  const count = sum(sparse.map((tensor) => tensor.count));
  const bytes = sum(sparse.map((tensor) => tensor.positionBytes));
  const ofPruned = summary.tensors.filter(({ operation }) => operation === 'replace-sparse');
  const remaining = sum(ofPruned.map((tensor) => tensor.count));
  const entries = sum(ofPruned.map(({ shape }) => shape.reduce((product, size) => product * size, 1)));
  const others = summary.manifest.base.parameters - entries;
  const fits = others >= count - remaining && entries >= remaining;
  const bits = entropyBits(remaining, entries) + entropyBits(count - remaining, others);
  const positions = { count, bytes, bitsPerPosition: (8 * bytes) / count, entropyBound: bits / count };
  return {
    ...summary,
    parts: [...parts].map(([part, report]) => ({ part, ...report })),
    ...(count > 0 && fits && { positions }),
    ...(ofPruned.length > 0 && { pruned: { tensors: ofPruned.length, entries, remaining } }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
