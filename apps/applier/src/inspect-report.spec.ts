import type { DiffSummary, TensorSummary } from '@diffprune/sparse-diff';
import { createManifest } from '@diffprune/sparse-diff';
import { inspectReport } from './inspect-report.ts';

const tensor = (name: string, count: number, dense = false): TensorSummary => ({
  name,
  shape: [1000],
  operation: dense ? 'replace-dense' : 'add',
  count,
  positionBytes: dense ? 0 : 12,
  valueCoding: 'fp32',
  valueBytes: 4 * count,
});

const summary = (parameters: number, tensors: TensorSummary[]): DiffSummary => ({
  bytes: 1,
  manifest: createManifest({ base: { fingerprint: 'a'.repeat(64), parameters } }),
  tensors,
});

it('adds up parts, and compares positions with the entropy bound', () => {
  const report = inspectReport(
    summary(2000, [
      tensor('bert.encoder.layer.11.output.dense.weight', 6),
      tensor('bert.encoder.layer.11.output.dense.bias', 4),
      tensor('classifier.weight', 1000, true),
    ]),
  );
  expect(report.parts).toEqual([
    { part: 'layer 11', entries: 10, bytes: 64 },
    { part: 'head', entries: 1000, bytes: 4000 },
  ]);
  // density 0.005: the paper's; H(0.005) = 0.045415 bits, over 0.005 = 9.083 bits for a position
  expect(report.positions).toMatchObject({ count: 10, bytes: 24, bitsPerPosition: 19.2 });
  expect(report.positions!.entropyBound).toBeCloseTo(9.083, 3);
});

it('has no bound without positions', () => {
  expect(inspectReport(summary(2000, [tensor('classifier.bias', 1000, true)])).positions).toBeUndefined();
  expect(inspectReport(summary(0, [tensor('bert.pooler.dense.bias', 3)])).positions).toBeUndefined();
});
