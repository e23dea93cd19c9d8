import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManifest } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { readRunResult } from './node.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'run-result-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function writeRun(
  name: string,
  task: string,
  lines: readonly object[],
  metrics: Record<string, number>,
) {
  const out = join(folder, name);
  await mkdir(out);
  await writeFile(join(out, 'config.json'), JSON.stringify({ settings: { task } }));
  await writeFile(join(out, 'metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const base = { fingerprint: '0'.repeat(64) };
  const manifest = createManifest({ base, method: 'diff-pruning', density: 0.25, metrics });
  await writeDiff(join(out, `${task}.sdiff`), { manifest, tensors: [] });
  return out;
}

const dev = (main: number, kind = 'evaluation') => ({
  kind,
  splits: { dev: { scores: { accuracy: main, f1: main / 2 }, main } },
});

describe('readRunResult', () => {
  it('is what a run folder says', async () => {
    const projection = { kind: 'projection', kept: 10, nonzero: 9, expectedDensity: 0.01 };
    const samples = { count: 10, mean: { accuracy: 0.7 }, deviation: { accuracy: 0.01 } };
    const lines = [dev(0.5), projection, { ...dev(0.75), samples: { dev: samples } }];
    const out = await writeRun('run', 'mrpc', lines, { 'dev/accuracy': 0.75, 'dev/f1': 0.375 });
    expect(await readRunResult(out)).toEqual({
      ...{ score: 0.75, scores: { accuracy: 0.75, f1: 0.375 }, samples, changed: 0.25 },
      bytes: (await stat(join(out, 'mrpc.sdiff'))).size,
      ...{ expectedDensity: 0.01, kept: 10, nonzero: 9 },
    });
  });

  it("takes the evaluation of the stored diff, and the mean of MNLI's two sets", async () => {
    const best = [dev(0.8), dev(0.7), { ...dev(0.6), kind: 'stored' }];
    const metrics = { 'dev/accuracy': 0.8, 'dev/f1': 0.4 };
    expect(await readRunResult(await writeRun('best', 'mrpc', best, metrics))).toMatchObject({ score: 0.8 });
    const of = (main: number) => ({ scores: { accuracy: main }, main });
    const mnli = [{ kind: 'evaluation', splits: { dev_matched: of(0.8), dev_mismatched: of(0.9) } }];
    const both = { 'dev_matched/accuracy': 0.8, 'dev_mismatched/accuracy': 0.9 };
    const result = await readRunResult(await writeRun('mnli', 'mnli', mnli, both));
    expect(result.score).toBeCloseTo(0.85, 12);
    expect(result.scores).toEqual({ accuracy: 0.8 });
  });

  it('refuses what is no finished run', async () => {
    const other = await writeRun('other', 'mrpc', [dev(0.8)], { 'dev/accuracy': 0.9, 'dev/f1': 0.4 });
    await expect(readRunResult(other)).rejects.toThrow('other/metrics.jsonl: it has no evaluation of');
    await writeFile(join(other, 'config.json'), '{}');
    await expect(readRunResult(other)).rejects.toThrow('config.json: it describes no training run');
    await expect(readRunResult(join(folder, 'none'))).rejects.toThrow('ENOENT');
  });
});
