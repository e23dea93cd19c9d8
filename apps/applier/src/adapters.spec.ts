import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adapterParameters, createAdapters } from '@diffprune/bert';
import { applyDiff, classify, loadBase } from '@diffprune/inference/node';
import { encodeDiff, type DiffTensor } from '@diffprune/sparse-diff';
import { readDiff, writeDiff } from '@diffprune/sparse-diff/node';
import { writeSafetensorsFile, readSafetensorsFile } from '@diffprune/tensor-files/node';
import { applyCommand } from './apply-command.ts';
import { exportCommand } from './export-command.ts';
import { extractCommand } from './extract-command.ts';
import { inspectCommand } from './inspect-command.ts';
import { predictCommand } from './predict-command.ts';
import { config, makeDiff, temporaryFolder, writeBase } from './tiny-model.fixture.ts';

const adapters = createAdapters('houlsby', 3, 'gelu_new');
const texts = ['the film was good', 'a dull soup .'];
const first = 'bert.encoder.layer.0.attention.output.adapter_down.weight';

let folder: string;
let base: string;
let diff: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  base = await writeBase();
  diff = join(folder, 'adapted.sdiff');
  await writeDiff(diff, await makeDiff({ adapters }));
});

/** What a command writes to the standard output. */
async function written(command: () => Promise<void>): Promise<string> {
  const { write } = process.stdout;
  let out = '';
  process.stdout.write = (text) => ((out += String(text)), true);
  try {
    await command();
  } finally {
    process.stdout.write = write;
  }
  return out;
}

describe('a diff with adapters', () => {
  it('predicts', async () => {
    const loaded = await loadBase(base, { threads: 1 });
    const file = join(folder, 'texts.jsonl');
    await writeFile(file, texts.map((text) => JSON.stringify({ sentence: text })).join('\n'));
    const given = { base, diff, file, threads: 1, batchSize: 2 };
    const rows = (await written(() => predictCommand(given))).trim().split('\n').slice(1);
    const answers = await classify(await applyDiff(loaded, diff), texts);
    rows.forEach((row, i) => {
      const [, label, , good] = row.split('\t');
      expect(label).toBe(answers[i]!.label);
      expect(Number(good)).toBeCloseTo(answers[i]!.probabilities!.get('good')!, 5);
    });
    expect(rows).toHaveLength(2);
    await loaded.predictors.dispose();
  });

  it('is described', async () => {
    const text = await written(() => inspectCommand({ diff }));
    expect(text).toMatch(/^adapters +houlsby, bottleneck 3, gelu_new$/m);
    const size = 4 * (2 * 3 * config.hiddenSize + config.hiddenSize + 3);
    expect(text).toMatch(new RegExp(`^adapters +${size} +${(4 * size).toLocaleString('en')}$`, 'm'));
    const json = JSON.parse(await written(() => inspectCommand({ diff, json: true })));
    expect(json.manifest.adapters).toEqual(adapters);
  });

  it('is exported as the tensors that it is', async () => {
    const out = join(folder, 'plain.safetensors');
    await exportCommand({ diff, out });
    const { tensors } = await readDiff(diff);
    const own = tensors.find(({ name }) => name === first)!;
    expect((await readSafetensorsFile(out)).get(first)).toEqual({ shape: own.shape, data: own.values });
  });

  it('is no Hugging Face folder: apply refuses it, and writes nothing', async () => {
    const out = join(folder, 'applied');
    const refused = expect(applyCommand({ base, diff, out })).rejects;
    await refused.toThrow(
      /brings adapters, layers that no plain Hugging Face folder can hold; answer with .* predict/,
    );
    await expect(readdir(out)).rejects.toThrow('ENOENT');
  });
});

it('a fine-tuned folder with adapters is refused by extract', async () => {
  const tuned = await writeBase();
  const file = join(tuned, 'model.safetensors');
  const tensors = new Map(await readSafetensorsFile(file));
  for (const { name, shape } of adapterParameters({ ...config, adapters })) {
    tensors.set(name, { shape, data: new Float32Array(shape.reduce((size, n) => size * n, 1)) });
  }
  await writeSafetensorsFile(file, tensors, { metadata: { format: 'pt' } });
  const given = { base, fineTuned: tuned, density: 0.01, out: join(folder, 'no.sdiff'), task: 'mine' };
  await expect(extractCommand(given)).rejects.toThrow(/holds .*adapter_down.*: |adapters is neither a base/);
  await expect(extractCommand(given)).rejects.toThrow(
    'a model with adapters is neither a base nor a fine-tuned one',
  );
});

describe('a hostile diff with adapters', () => {
  type Change = (tensors: readonly DiffTensor[]) => readonly DiffTensor[];
  const same: Change = (tensors) => tensors;
  const reshaped: Change = (tensors) =>
    tensors.map((tensor) => {
      return tensor.name === first ? { ...tensor, shape: [config.hiddenSize, 3] } : tensor;
    });
  it.each<[string, string, object, Change]>([
    ['of another shape', `${first} of shape [16, 3] should have shape [3, 16]`, {}, reshaped],
    ['that is missing', `lacks ${first}`, {}, (tensors) => tensors.filter(({ name }) => name !== first)],
    [
      'of another bottleneck',
      `${first} of shape [3, 16] should have shape [2147483647, 16]`,
      { bottleneck: 2 ** 31 - 1 },
      same,
    ],
    ['of an unknown function', 'non-linearity "sine"', { nonLinearity: 'sine' }, same],
    ['of an unknown kind', 'kind "parallel"', { kind: 'parallel' }, same],
  ])('with one %s is refused: %s', async (_, message, told, change) => {
    const { manifest, tensors } = await makeDiff({ adapters });
    const hostile = join(folder, 'hostile.sdiff');
    const made = { ...manifest, adapters: { ...adapters, ...told } };
    await writeFile(hostile, encodeDiff({ manifest: made, tensors: change(tensors) }).bytes);
    const given = { base, diff: hostile, text: 'the film', threads: 1, batchSize: 1 };
    const refused = await predictCommand(given).catch((error: unknown) => error);
    expect(refused).toMatchObject({ fault: 'input', message: expect.stringContaining(message) });
    expect((refused as Error).message).toContain('hostile.sdiff');
  });
});
