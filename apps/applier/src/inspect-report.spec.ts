import type { DiffSummary, TensorSummary } from '@diffprune/sparse-diff';
import { createManifest } from '@diffprune/sparse-diff';
import { inspectReport } from './inspect-report.ts';

const tensor = (name: string, count: number, dense = false, pruned = false): TensorSummary => ({
  name,
  shape: [1000],
  operation: dense ? 'replace-dense' : pruned ? 'replace-sparse' : 'add',
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

it('says what is left of pruned tensors, whose positions are among their own entries', () => {
  const report = inspectReport(
    summary(9000, [
      tensor('bert.encoder.layer.0.output.dense.weight', 100, false, true),
      tensor('bert.encoder.layer.1.output.dense.weight', 100, false, true),
      tensor('bert.pooler.dense.bias', 1000, true),
    ]),
  );
  expect(report.pruned).toEqual({ tensors: 2, entries: 2000, remaining: 200 });
  // H(0.1) = 0.468996 bits, over 0.1 = 4.690 bits for a position
  expect(report.positions!.entropyBound).toBeCloseTo(4.69, 3);
  expect(inspectReport(summary(1000, report.tensors.slice(0, 2))).positions).toBeUndefined();
});
