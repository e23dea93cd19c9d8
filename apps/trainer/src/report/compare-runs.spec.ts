import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createManifest } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { describeChromium, readers } from '@diffprune/testing/chromium';
import { formatMetrics, type MetricsLine } from '../run-folder/metrics-log.ts';
import { formatRunConfig, type RunConfig } from '../settings/run-config.ts';
import { compareRuns } from './compare-runs.ts';

const lines = (seed: number): MetricsLine[] =>
  ['fine-tuning', 'fixed-mask'].flatMap((stage) => [
    ...Array.from({ length: 5 }, (_, i): MetricsLine => {
      const rates = { learningRateFactor: 1 - i / 5, examplesPerSecond: 10, gradientNorm: 1 };
      return { kind: 'step', stage, step: i + 1, epoch: 1, loss: seed / (i + 1), ...rates };
    }),
    {
      kind: 'evaluation',
      stage,
      step: 5,
      epoch: 1,
      splits: { dev: { scores: { accuracy: 0.75 }, main: 0.75 } },
    },
  ]);

/** The folder of a run over a made base; without a diff it is not finished. */
async function writeRun(parent: string, name: string, seed: number, finished = true): Promise<string> {
  const path = join(parent, name);
  await mkdir(path);
  const method = 'non-adaptive-diff-pruning';
  const settings = { task: 'sst2', data: 'glue/SST-2', base: 'model', method, engine: 'cpu', values: 'fp32' };
  const config = {
    settings: { ...settings, seed, learningRate: 1e-4 * seed, maxLength: 64 },
    fingerprints: { base: 'a', tokenizer: 'b', config: {}, data: {} },
    versions: { trainer: '0.1.0', node: 'v20' },
  } as unknown as RunConfig;
  await writeFile(join(path, 'config.json'), formatRunConfig(config));
  await writeFile(join(path, 'metrics.jsonl'), formatMetrics(lines(seed)));
  if (finished) {
    const base = { fingerprint: 'a'.repeat(64), parameters: 1000 };
    const manifest = createManifest({
      base,
      task: 'sst2',
      density: 0.005,
      metrics: { 'dev/accuracy': 0.875 },
    });
    await writeDiff(join(path, 'sst2.sdiff'), { manifest, tensors: [] });
  }
  return path;
}

let parent: string;
let runs: string[];
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'runs-'));
  runs = [
    await writeRun(parent, 'seed-1', 1),
    await writeRun(parent, 'seed-2 <b>', 2),
    await writeRun(parent, 'going-on', 3, false),
  ];
});

describe('compareRuns', () => {
  it('writes scores, curves and differing settings of finished runs and others', async () => {
    const out = join(parent, 'compared.html');
    await compareRuns(runs, out);
    const html = await readFile(out, 'utf8');
    expect(html).toContain('<h1>3 runs</h1>');
    expect(html.match(/<svg/g)).toHaveLength(3);
    expect(html).toMatch(
      /<th scope="row">seed-1<\/th><td>sst2<\/td>.*<td[^>]*>dev\/accuracy 0\.8750<\/td><td class="number">0\.50%</,
    );
    expect(html).toContain('not finished; last dev 0.7500');
    expect(html).toContain('seed-2 &lt;b&gt;');
    expect(html).toMatch(
      /<th scope="row">learningRate<\/th><td class="number">0\.0001<\/td><td class="number">0\.0002<\/td>/,
    );
    expect(html).not.toContain('<th scope="row">maxLength</th>');
  });

  it('refuses what is no run, and an output that is a file of one', async () => {
    const out = join(parent, 'x.html');
    await expect(compareRuns([parent], out)).rejects.toThrow(`report: ${parent} holds no run of train`);
    await expect(compareRuns([join(parent, 'none')], out)).rejects.toThrow('is no folder; give the folders');
    await expect(compareRuns(runs, join(runs[0]!, 'metrics.jsonl'))).rejects.toThrow(
      'reads; give it another',
    );
  });
});

describeChromium('the page of several runs', (view) => {
  it.each(readers)('is read at $width pixels, $scheme', async (reader) => {
    const out = join(parent, 'page.html');
    await compareRuns(runs, out);
    expect(await view(await readFile(out, 'utf8'), reader)).toEqual({
      logged: [],
      requests: [],
      overflowing: [],
      illegible: [],
    });
  });
});
