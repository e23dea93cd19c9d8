import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adapterParameters, baseParameters, createAdapters, parameterSize } from '@diffprune/bert';
import { loadCheckpoint } from '@diffprune/bert/node';
import { parsePredictions } from '@diffprune/glue';
import { opinionTask } from '@diffprune/samples';
import { readDiff } from '@diffprune/sparse-diff/node';
import { createWorkshop, runCli, type Workshop } from './cli.fixture.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await createWorkshop();
});
afterAll(() => rm(workshop.folder, { recursive: true }));

it('trains adapters, says how many they are, and evaluates their diff to what it said', async () => {
  const out = join(workshop.folder, 'run');
  const options = ['--method', 'adapters', '--bottleneck', '5', '--max-steps', '3'];
  const { code, stdout, stderr } = await runCli([...workshop.train, '--out', out, ...options]);
  expect({ code, stderr }).toEqual({ code: 0, stderr });

  const { config } = await loadCheckpoint(workshop.base);
  const adapters = createAdapters('houlsby', 5, 'gelu_new');
  const specs = adapterParameters({ ...config, adapters });
  const added = specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
  const said = `adapters: ${added.toLocaleString('en')} new parameters, `;
  expect(stderr).toContain(said);
  expect(stdout).toContain(said);
  expect(stdout).toMatch(/\n[\d,]+ of the base's [\d,]+ parameters changed/);
  expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('of bottleneck 5, gelu_new');

  const diff = join(out, 'opinion.sdiff');
  const { manifest, tensors } = await readDiff(diff);
  expect(manifest).toMatchObject({ method: 'adapters', adapters, hyperparameters: { bottleneck: 5 } });
  const norms = baseParameters(config).filter(({ role }) => role === 'layer-norm');
  expect(tensors.map(({ name }) => name)).toEqual([
    ...[...norms, ...specs].map(({ name }) => name),
    ...['classifier.weight', 'classifier.bias'],
  ]);
  const changed = norms.reduce((sum, spec) => sum + parameterSize(spec), 0);
  const parameters = baseParameters(config).reduce((sum, spec) => sum + parameterSize(spec), 0);
  expect(manifest.density).toBe(changed / parameters);

  const file = join(workshop.folder, 'evaluated.tsv');
  const given = [
    'evaluate',
    '--base',
    workshop.base,
    '--diff',
    diff,
    '--data',
    workshop.data,
    '--predictions',
    file,
  ];
  const evaluated = await runCli(given);
  expect(evaluated).toMatchObject({ code: 0 });
  const read = async (path: string) => parsePredictions(await readFile(path), path, opinionTask);
  expect(await read(file)).toEqual(await read(join(out, 'predictions.tsv')));
});
