import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const trainer = fileURLToPath(new URL('../../../apps/trainer/src/main.ts', import.meta.url));
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'small-sweeps-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The table of a small sweep: its lines' scores by task. */
async function tableOf(
  name: string,
): Promise<{ options: object; scores: Record<string, readonly number[]> }[]> {
  const file = fileURLToPath(new URL(`../small/${name}.json`, import.meta.url));
  const node = ['--conditions=@diffprune/source', '--import', tsx, trainer];
  const child = spawn(process.execPath, [...node, 'sweep', file, '--runs', folder, '--parallel', '2'], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, said }).toEqual({ code: 0, said });
  const { lines } = JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as {
    lines: { options: object; cells: { task: string; scores: number[] }[] }[];
  };
  return lines.map(({ options, cells }) => ({
    options,
    scores: Object.fromEntries(cells.map(({ task, scores }) => [task, scores])),
  }));
}

it('small sweeps run to their tables', async () => {
  const [diffs] = await tableOf('guo-figure-3');
  expect(diffs!.options).toEqual({
    method: 'structured-diff-pruning',
    density: '0.005',
    'fixed-mask-epochs': '1',
  });
  expect(diffs!.scores['opinion']).toHaveLength(5);
  for (const score of diffs!.scores['opinion']!) expect(score).toBeGreaterThan(0.5);
  const [one, ...none] = await tableOf('radiya-dixit-figure-4');
  expect(none).toEqual([]);
  expect(Object.keys(one!.scores)).toEqual(['inference']);
}, 600_000);
