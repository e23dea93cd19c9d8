import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SafetensorsError, type StoredTensor } from '@diffprune/tensor-files';
import { readSafetensorsFile, writeSafetensorsFile } from '@diffprune/tensor-files/node';
import { CheckpointError } from './checkpoint-error.ts';
import { loadCheckpoint, modelFolder, writeCheckpoint } from './checkpoint-folder.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { baseParameters, parseConfig } from './architectures.ts';
import { BertConfigError } from './config-fields.ts';
import { type Head, headParameters } from './heads.ts';
import { initializeParameters } from './initialize.ts';

const config = parseConfig({
  vocab_size: 7,
  hidden_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 8,
  max_position_embeddings: 5,
  type_vocab_size: 2,
});

function checkpoint(...heads: Head[]): Checkpoint {
  const specs = [...baseParameters(config), ...heads.flatMap((head) => headParameters(config, head))];
  const tokenizerFiles = { 'vocab.txt': '[PAD]\n[UNK]\n', 'tokenizer_config.json': '{}' };
  return { config, tensors: initializeParameters(specs, config, 3), heads, tokenizerFiles };
}

const scratch = () => mkdtemp(join(tmpdir(), 'checkpoint-'));

/** A folder with a written checkpoint whose tensors were then renamed or changed. */
async function changed(
  change: (tensors: Map<string, StoredTensor>) => Iterable<[string, StoredTensor]>,
  ...heads: Head[]
): Promise<string> {
  const folder = await scratch();
  await writeCheckpoint(folder, checkpoint(...heads));
  const path = join(folder, 'model.safetensors');
  await writeSafetensorsFile(path, new Map(change(await readSafetensorsFile(path))));
  return folder;
}

describe('writeCheckpoint and loadCheckpoint', () => {
  it.each<[Head | undefined, object]>([
    [undefined, { architectures: ['BertModel'] }],
    [
      { kind: 'classification', labels: 3 },
      {
        architectures: ['BertForSequenceClassification'],
        problem_type: 'single_label_classification',
        num_labels: 3,
        id2label: { '0': 'LABEL_0', '1': 'LABEL_1', '2': 'LABEL_2' },
        label2id: { LABEL_0: 0, LABEL_1: 1, LABEL_2: 2 },
      },
    ],
    [{ kind: 'regression' }, { architectures: ['BertForSequenceClassification'], num_labels: 1 }],
    [{ kind: 'span' }, { architectures: ['BertForQuestionAnswering'] }],
    [{ kind: 'masked-lm' }, { architectures: ['BertForMaskedLM'] }],
    [{ kind: 'pretraining' }, { architectures: ['BertForPreTraining'] }],
  ])('keep a model with head %j', async (head, described) => {
    const folder = join(await scratch(), 'a', 'b');
    const written = checkpoint(...(head ? [head] : []));
    await writeCheckpoint(folder, written);
    const { ignored, labelNames, weightFiles, configFile, ...loaded } = await loadCheckpoint(folder);
    expect(loaded).toEqual(written);
    expect(ignored).toEqual([]);
    const path = `${folder}/model.safetensors`;
    expect(weightFiles).toEqual([expect.objectContaining({ path, bytes: (await stat(path)).size })]);
    expect(configFile.path).toBe(`${folder}/config.json`);
    expect(labelNames?.length).toBe(head?.kind === 'classification' ? 3 : undefined);
    const json: unknown = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
    expect(json).toMatchObject({ ...described, model_type: 'bert', hidden_size: 4 });
    expect((await readdir(folder)).sort()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer_config.json',
      'vocab.txt',
    ]);
    expect((await readFile(join(folder, 'model.safetensors'))).toString('latin1')).toContain('"format":"pt"');
  });

  it('keep the names of labels', async () => {
    const folder = await scratch();
    const written = { ...checkpoint({ kind: 'classification', labels: 2 }), labelNames: ['no', 'yes'] };
    await writeCheckpoint(folder, written);
    expect((await loadCheckpoint(folder)).labelNames).toEqual(['no', 'yes']);
    await expect(writeCheckpoint(folder, { ...written, labelNames: ['no'] })).rejects.toThrow(
      '1 label names for a head with 2 labels',
    );
  });

  it('refuse two heads, and a tensor that is missing, before anything is written', async () => {
    const folder = join(await scratch(), 'new');
    await expect(
      writeCheckpoint(folder, checkpoint({ kind: 'span' }, { kind: 'masked-lm' })),
    ).rejects.toThrow('a folder holds one head, not span and masked-lm');
    const lacking = checkpoint();
    lacking.tensors.delete('bert.pooler.dense.bias');
    await expect(writeCheckpoint(folder, lacking)).rejects.toThrow(
      'bert.pooler.dense.bias has no values, expected 4',
    );
    await expect(readdir(folder)).rejects.toThrow('ENOENT');
  });

  it('leave nothing of the model that was there', async () => {
    const [folder, fresh] = [await scratch(), await scratch()];
    const stale = ['model.safetensors.index.json', 'pytorch_model.bin', 'special_tokens_map.json'];
    for (const name of [...stale, 'added_tokens.json', 'notes.md']) await writeFile(join(folder, name), '{}');
    await writeCheckpoint(folder, checkpoint());
    await writeCheckpoint(fresh, checkpoint());
    expect((await readdir(folder)).sort()).toEqual([...(await readdir(fresh)), 'notes.md'].sort());
  });

  it('take the weights that were there before they change what goes with them', async () => {
    const folder = await scratch();
    await writeCheckpoint(folder, checkpoint());
    await rm(join(folder, 'config.json'));
    await mkdir(join(folder, 'config.json'));
    await expect(writeCheckpoint(folder, checkpoint())).rejects.toThrow('config.json');
    expect(await readdir(folder)).not.toContain('model.safetensors');
  });

  it('leave no half-written file behind', async () => {
    const folder = await scratch();
    await mkdir(join(folder, 'model.safetensors', 'in the way'), { recursive: true });
    await expect(writeCheckpoint(folder, checkpoint())).rejects.toThrow('model.safetensors');
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('loadCheckpoint', () => {
  it('knows old and short names, and lists what it does not use', async () => {
    const folder = await changed((tensors) => {
      const renamed = [...tensors].map(([name, tensor]): [string, StoredTensor] => [
        name
          .replace(/^bert\./, '')
          .replace('LayerNorm.weight', 'LayerNorm.gamma')
          .replace('LayerNorm.bias', 'LayerNorm.beta'),
        tensor,
      ]);
      const positions = { shape: [1, 5], data: Int32Array.of(0, 1, 2, 3, 4) };
      const next = { shape: [2, 4], data: new Float32Array(8) };
      return [...renamed, ['embeddings.position_ids', positions], ['cls.seq_relationship.weight', next]];
    });
    const { tensors, heads, ignored } = await loadCheckpoint(folder);
    expect(tensors).toEqual(checkpoint().tensors);
    expect(heads).toEqual([]);
    expect([...ignored].sort()).toEqual(['bert.embeddings.position_ids', 'cls.seq_relationship.weight']);
  });

  it.each(['module.', '_orig_mod.', 'model.'])(
    'says what to do about names that begin with %s',
    async (prefix) => {
      const renamed = (from: string) =>
        changed((tensors) => [...tensors].map(([name, tensor]) => [prefix + name.replace(from, ''), tensor]));
      for (const from of ['', 'bert.']) {
        await expect(loadCheckpoint(await renamed(from))).rejects.toThrow(
          `and 16 more tensors; its names begin with "${prefix}": save the model without what was put around it`,
        );
      }
    },
  );

  it('leaves alone the buffers of old versions', async () => {
    const buffers = ['bert.embeddings.position_ids', 'bert.embeddings.token_type_ids'];
    const folder = await changed((tensors) => [
      ...tensors,
      ...buffers.map((name): [string, StoredTensor] => [name, { shape: [1, 5], data: new Int32Array(5) }]),
    ]);
    expect((await loadCheckpoint(folder)).ignored).toEqual(buffers);
  });

  it.each<[object, RegExp | undefined]>([
    [{ id2label: undefined, num_labels: undefined }, undefined],
    [{ id2label: { 0: 'no', 1: 'yes' } }, undefined],
    [{ num_labels: 3 }, /^"num_labels" is 3, expected 2, as classifier.weight has$/],
    [
      { id2label: { 0: 'a', 1: 'b', 2: 'c' } },
      /^"id2label" is \{"0":"a",.* expected 2 different names, for "0" to "1"/,
    ],
    [{ id2label: { 0: 'a' } }, /^"id2label" is /],
    [{ id2label: { 1: 'a', 2: 'b' } }, /^"id2label" is /],
    [{ id2label: { 0: 0, 1: 1 } }, /^"id2label" is /],
    [{ id2label: { 0: 'a', 1: 'a' } }, /^"id2label" is /],
    [{ id2label: ['a', 'b'] }, /^"id2label" is /],
  ])('says whether labels are those of the head: %j', async (labels, problem) => {
    const folder = await changed((tensors) => tensors, { kind: 'classification', labels: 2 });
    const path = join(folder, 'config.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...json, ...labels }));
    const { labelProblem, labelNames } = await loadCheckpoint(folder);
    if (problem === undefined) expect(labelProblem).toBeUndefined();
    else {
      expect(labelProblem).toMatch(problem);
      expect(labelNames).toBeUndefined();
    }
  });

  it('does not take a part of a head for a head', async () => {
    const folder = await changed((tensors) => [...tensors].filter(([name]) => name !== 'classifier.bias'), {
      kind: 'regression',
    });
    expect(await loadCheckpoint(folder)).toMatchObject({ heads: [], ignored: ['classifier.weight'] });
  });

  it.each<[string, Parameters<typeof changed>[0], RegExp]>([
    [
      'tensors that are missing',
      (tensors) => [...tensors].filter(([name]) => !name.includes('.attention.')),
      /model.safetensors lacks bert.encoder.layer.0.attention.self.query.weight, .* and 5 more tensors$/,
    ],
    [
      'a shape that config.json does not give',
      (tensors) => tensors.set('bert.pooler.dense.bias', { shape: [5], data: new Float32Array(5) }),
      /bert.pooler.dense.bias holds shape \[5\], expected shape \[4\] of floats/,
    ],
    [
      'integers for weights',
      (tensors) => tensors.set('bert.pooler.dense.bias', { shape: [4], data: new Int32Array(4) }),
      /bert.pooler.dense.bias holds integers/,
    ],
    [
      'more layers than config.json has',
      (tensors) =>
        tensors.set('bert.encoder.layer.1.output.dense.bias', { shape: [4], data: new Float32Array(4) }),
      /holds bert.encoder.layer.1.output.dense.bias, which a BERT with this config.json does not have/,
    ],
  ])('refuses %s', async (_, change, message) => {
    const folder = await changed(change);
    await expect(loadCheckpoint(folder)).rejects.toThrow(CheckpointError);
    await expect(loadCheckpoint(folder)).rejects.toThrow(message);
  });

  it('reads F64, and leaves alone what nobody needs, whatever its type', async () => {
    const name = 'bert.pooler.dense.bias';
    const folder = await changed((tensors) => [...tensors].filter(([each]) => each !== name));
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, unknown>;
    const parts = [bytes.subarray(8 + length)];
    let end = parts[0]!.length;
    const add = (name: string, dtype: string, shape: number[], data: Uint8Array) => {
      header[name] = { dtype, shape, data_offsets: [end, (end += data.length)] };
      parts.push(Buffer.from(data));
    };
    add('bert.embeddings.position_ids', 'I64', [1], new Uint8Array(8).fill(0x7f));
    add('mask', 'BOOL', [3], new Uint8Array(3));
    add('quantized', 'U8', [3], new Uint8Array(3));
    add('scale', 'F8_E4M3', [5], new Uint8Array(5));
    add(name, 'F64', [4], new Uint8Array(Float64Array.of(0.1, 1, -2, 1e-300).buffer));
    const text = Buffer.from(JSON.stringify(header));
    const start = Buffer.alloc(8);
    start.writeBigUInt64LE(BigInt(text.length));
    await writeFile(path, Buffer.concat([start, text, ...parts]));
    const { tensors, ignored } = await loadCheckpoint(folder);
    expect(tensors.get(name)).toEqual(Float32Array.of(0.1, 1, -2, 0));
    expect(ignored).toEqual(['bert.embeddings.position_ids', 'mask', 'quantized', 'scale']);
  });

  it('refuses two names of one tensor', async () => {
    const folder = await changed((tensors) => {
      const gamma = tensors.get('bert.embeddings.LayerNorm.weight')!;
      return tensors.set('bert.embeddings.LayerNorm.gamma', gamma);
    });
    await expect(loadCheckpoint(folder)).rejects.toThrow(
      /holds both bert.embeddings.LayerNorm.weight, bert.embeddings.LayerNorm.gamma, which are one tensor/,
    );
  });

  it('finds no masked-LM head whose output weights are its own', async () => {
    const folder = await changed((tensors) => tensors, { kind: 'masked-lm' });
    expect((await loadCheckpoint(folder)).heads).toEqual([{ kind: 'masked-lm' }]);
    const path = join(folder, 'config.json');
    const json = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...json, tie_word_embeddings: false }));
    expect((await loadCheckpoint(folder)).heads).toEqual([]);
  });

  it('knows a base without a pooler, and takes half of one for a fault', async () => {
    const without = (ending: string) =>
      changed((tensors) =>
        [...tensors].filter(([name]) => !(name.startsWith('bert.pooler') && name.endsWith(ending))),
      );
    const { config, tensors } = await loadCheckpoint(await without(''));
    expect(config.pooler).toBe(false);
    expect([...tensors.keys()]).toEqual(baseParameters(config).map(({ name }) => name));
    await expect(loadCheckpoint(await without('bias'))).rejects.toThrow(/lacks bert.pooler.dense.bias$/);
  });

  it('tensors can be read one by one, in the order of the file; a loaded checkpoint has its own', async () => {
    const names = checkpoint({ kind: 'span' }).tensors;
    const folder = await changed((tensors) => [...tensors].reverse(), { kind: 'span' });
    const { parameters, read, close } = await openCheckpoint(await modelFolder(folder));
    expect(parameters.map(({ name }) => name)).toEqual([...names.keys()].reverse());
    for (const parameter of parameters) expect(await read(parameter)).toEqual(names.get(parameter.name));
    await close();
    expect([...(await loadCheckpoint(folder)).tensors]).toEqual([...names]);
  });

  it('refuses missing and malformed files by name', async () => {
    const folder = await scratch();
    await expect(loadCheckpoint(folder)).rejects.toThrow(/config.json is missing/);
    await writeFile(join(folder, 'config.json'), '{');
    await expect(loadCheckpoint(folder)).rejects.toThrow(/config.json: it is not JSON/);
    await writeFile(join(folder, 'config.json'), '{"model_type": "roberta"}');
    await expect(loadCheckpoint(folder)).rejects.toThrow(BertConfigError);
    await writeCheckpoint(folder, checkpoint());
    await rm(join(folder, 'model.safetensors'));
    await expect(loadCheckpoint(folder)).rejects.toThrow(
      /holds no weights: expected model.safetensors, model.safetensors.index.json, pytorch_model.bin or pytorch_model.bin.index.json, found config.json, /,
    );
    await writeFile(join(folder, 'model.safetensors'), 'short');
    await expect(loadCheckpoint(folder)).rejects.toThrow(SafetensorsError);
  });
});

it('loads a folder of transformers with all of its heads', async () => {
  const folder = fileURLToPath(new URL('fixtures/reference', import.meta.url));
  const { tensors, heads, ignored } = await loadCheckpoint(folder);
  expect(heads).toEqual([{ kind: 'classification', labels: 3 }, { kind: 'span' }, { kind: 'pretraining' }]);
  expect(ignored).toEqual([]);
  const stored = await readSafetensorsFile(join(folder, 'model.safetensors'));
  expect([...tensors.keys()].sort()).toEqual([...stored.keys()].sort());
});
