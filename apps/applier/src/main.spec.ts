import { execFile } from 'node:child_process';
import { readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { baseParameters, headParameters, initializeParameters } from '@diffprune/bert';
import { loadCheckpoint, writeCheckpoint } from '@diffprune/bert/node';
import { parsePredictions } from '@diffprune/glue';
import { applyDiff, classify, loadBase, problemOf } from '@diffprune/inference/node';
import { encodeDiff, type DiffTensor } from '@diffprune/sparse-diff';
import { readDiff, writeDiff } from '@diffprune/sparse-diff/node';
import {
  baseValues,
  changedValues,
  classification,
  config,
  makeDiff,
  makePrunedDiff,
  temporaryFolder,
  writeBase,
} from './tiny-model.fixture.ts';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const main = fileURLToPath(new URL('./main.ts', import.meta.url));

function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const node = ['--conditions=@diffprune/source', '--import', tsx, main];
  const env = { ...process.env, NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(process.execPath, [...node, ...args], { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

let folder: string;
let base: string;
let diff: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  base = await writeBase();
  diff = join(folder, 'mine.sdiff');
  await writeDiff(diff, await makeDiff());
});

const table = 'index\tsentence1\tsentence2\nx7\tthe film was good\tgreat\nx9\t"the soup\tbad\n';

describe('predict', () => {
  it('writes for each row of a file what the API says', async () => {
    const file = join(folder, 'rows.tsv');
    const out = join(folder, 'predictions.tsv');
    await writeFile(file, table);
    const common = ['predict', '--base', base, '--diff', diff, '--threads', '1'];
    const { code, err } = await run(...common, '--file', file, '--out', out, '--batch-size', '3');
    expect({ code, err }).toEqual({ code: 0, err: '' });

    const loaded = await loadBase(base, { threads: 1 });
    const model = await applyDiff(loaded, diff);
    const task = problemOf(model.manifest);
    const predictions = parsePredictions(await readFile(out), out, task);
    const answers = await classify(model, [
      { textA: 'the film was good', textB: 'great' },
      { textA: '"the soup', textB: 'bad' },
    ]);
    expect(predictions.map(({ index }) => index)).toEqual(['x7', 'x9']);
    answers.forEach(({ label, probabilities }, i) => {
      expect(task.labels[predictions[i]!.value]).toBe(label);
      expect(predictions[i]!.probabilities![1]).toBeCloseTo(probabilities!.get('good')!, 6);
    });

    const text = await run(...common, '--text', 'the film was good', '--text-b', 'great');
    const [header, row] = text.out.split('\n').map((line) => line.split('\t'));
    expect(header).toEqual(['index', 'prediction', 'probability_bad', 'probability_good']);
    expect(row![1]).toBe(answers[0]!.label);
    expect(Number(row![3])).toBeCloseTo(answers[0]!.probabilities!.get('good')!, 6);
    await loaded.predictors.dispose();
  });
});

describe('inspect', () => {
  it('prints the manifest, the parts and the tensors', async () => {
    const { out, code } = await run('inspect', '--diff', diff);
    expect(code).toBe(0);
    expect(out).toMatch(/^task +mine, classification: bad, good$/m);
    expect(out).toMatch(/^layer 1 +\d/m);
    expect(out).toContain('bert.pooler.dense.bias');
    const json = JSON.parse((await run('inspect', '--diff', diff, '--json')).out);
    const values = Object.values(Object.fromEntries(baseValues())).map(({ length }) =>
      Math.ceil(length / 17),
    );
    expect(json.positions.count).toBe(values.reduce((sum, count) => sum + count, 0));
    expect(json.parts.map(({ part }: { part: string }) => part)).toEqual([
      ...['embeddings', 'layer 0', 'layer 1', 'pooler', 'head'],
    ]);
  });
});

describe('compare', () => {
  it('prints tables or JSON, writes a page, and refuses what it cannot compare or write', async () => {
    const [other, page] = [join(folder, 'other.sdiff'), join(folder, 'compared.html')];
    await writeDiff(other, await makeDiff({}, classification, 10));
    const given = ['compare', diff, other, '--base', base];
    const shown = await run(...given, '--html', page);
    expect(shown).toMatchObject({ code: 0, err: `wrote ${page}\n` });
    // the same positions in both, of 17
    expect(shown.out).toMatch(/^mine +other +([\d,]+) .* 1\.00 .* 100% +100%$/m);
    expect(await readFile(page, 'utf8')).toContain('<h1>2 diffs of one base</h1>');
    const json = JSON.parse((await run(...given, '--json')).out);
    expect(json.overlaps).toMatchObject([{ first: 'mine', second: 'other', changed: { jaccard: 1 } }]);

    // these manifests do not tell the architecture
    const alone = await run('compare', diff);
    expect(alone).toMatchObject({ code: 2, out: '' });
    expect(alone.err).toMatch(/^error: .*mine\.sdiff: .*; give the base itself by --base\n$/);
    const over = await run(...given, '--html', other);
    expect(over).toMatchObject({ code: 2, out: '' });
    expect(over.err).toContain('is a file that the diff reads; give it another');
    expect((await run('inspect', '--diff', diff, '--base', base)).err).toContain('give --plots a file, too');
    const plots = await run('inspect', '--diff', diff, '--base', base, '--plots', page);
    expect(plots).toMatchObject({ code: 0, err: `wrote ${page}\n` });
    expect(await readFile(page, 'utf8')).toContain('<h1>What mine changes</h1>');
  });
});

it.each([
  ['mrpc', 'not_equivalent', 'equivalent'],
  ['qqp', 'not_duplicate', 'duplicate'],
])('names the labels of older diffs of %s, which have 0 and 1', async (task, no, yes) => {
  const file = join(folder, `${task}.sdiff`);
  await writeDiff(file, await makeDiff({ task, labels: ['0', '1'], texts: 2 }));
  const { out } = await run('inspect', '--diff', file);
  expect(out).toContain(`${task}, pairs of texts, classification: ${no}, ${yes}\n`);
  const given = [
    '--base',
    base,
    '--diff',
    file,
    '--threads',
    '1',
    '--text',
    'the film',
    '--text-b',
    'a soup',
  ];
  expect((await run('predict', ...given)).out).toMatch(
    new RegExp(`^index\\tprediction\\tprobability_${no}\\tprobability_${yes}\\n0\\t(${no}|${yes})\\t`),
  );
});

it('inspect gives the terminal no orders that a diff brings', async () => {
  const hostile = join(folder, 'hostile.sdiff');
  await writeDiff(hostile, await makeDiff({ task: 'mi\u001b[2Jne\u0007\nbase', texts: 2 }));
  const { out } = await run('inspect', '--diff', hostile);
  expect(out).toContain('mi\\u001b[2Jne\\u0007\\u000abase, pairs of texts, classification: bad, good');
});

describe('predict for a reader that leaves', () => {
  it('ends quietly', async () => {
    const file = join(folder, 'many.jsonl');
    await writeFile(file, '{"sentence": "the film"}\n'.repeat(5000));
    const command = [process.execPath, '--conditions=@diffprune/source', '--import', tsx, main, 'predict'];
    const given = ['--base', base, '--diff', diff, '--file', '-', '--threads', '1'];
    const output = join(folder, 'output'); // as /dev/stdout is
    await symlink('/proc/self/fd/1', output);
    const outcomes = await Promise.all(
      [[], ['--out', output]].map(
        (out) =>
          new Promise((resolve) => {
            const script = `${[...command, ...given, ...out].map((word) => `'${word}'`).join(' ')} < '${file}' | head -n 1`;
            const env = { ...process.env, NODE_OPTIONS: '' };
            execFile('bash', ['-o', 'pipefail', '-c', script], { env }, (error, out, err) =>
              resolve({ code: error?.code ?? 0, lines: out.split('\n').length, err }),
            );
          }),
      ),
    );
    for (const outcome of outcomes) expect(outcome).toEqual({ code: 0, lines: 2, err: '' });
  });
});

describe('apply and extract', () => {
  it('serves a diff that sets entries to 0 as well', async () => {
    const mask = join(folder, 'mask.sdiff');
    const added = await makeDiff();
    const tensors = added.tensors.map((tensor): DiffTensor => {
      if (tensor.operation !== 'add') return tensor;
      return { ...tensor, operation: 'zero', values: new Float32Array() };
    });
    await writeDiff(mask, { ...added, tensors });
    const masked = baseValues();
    for (const { name, operation, positions, values } of tensors) {
      if (operation === 'zero') for (const position of positions) masked.get(name)![position] = 0;
      else masked.set(name, values);
    }
    const out = join(folder, 'masked');
    expect(await run('apply', '--base', base, '--diff', mask, '--out', out)).toMatchObject({ code: 0 });
    expect((await loadCheckpoint(out)).tensors).toEqual(masked);

    const extracted = join(folder, 'extracted-mask.sdiff');
    const given = ['--density', '0.5', '--task', 'mine', '--out', extracted];
    expect(await run('extract', '--base', base, '--fine-tuned', out, ...given)).toMatchObject({ code: 0 });
    const { tensors: found } = await readDiff(extracted);
    // where the base was 0 already, nothing has changed
    const changes = (tensor: DiffTensor): number[] =>
      [...tensor.positions].filter((position) => baseValues().get(tensor.name)![position] !== 0);
    const expected = tensors.filter((tensor) => tensor.operation !== 'zero' || changes(tensor).length > 0);
    expect(found.map(({ name, operation }) => [name, operation])).toEqual(
      expected.map(({ name, operation }) => [name, operation]),
    );
    for (const [i, tensor] of expected.entries()) {
      if (tensor.operation === 'zero') expect([...found[i]!.positions]).toEqual(changes(tensor));
    }

    const text = ['--base', base, '--text', 'the film was good', '--threads', '1'];
    const answers = [mask, extracted].map(
      async (diff) => (await run('predict', '--diff', diff, ...text)).out,
    );
    const [first, second] = await Promise.all(answers);
    expect(first).toMatch(/\t0\.\d/);
    expect(second).toBe(first);
    expect((await run('inspect', '--diff', mask)).out).toMatch(
      /word_embeddings\.weight +zero +\d+ +320 +\d+ +none +0$/m,
    );
  });

  it('writes a folder of θ + δ, from which the diff comes back', async () => {
    const out = join(folder, 'applied');
    expect(await run('apply', '--base', base, '--diff', diff, '--out', out)).toMatchObject({ code: 0 });
    const written = await loadCheckpoint(out);
    expect(written.heads).toEqual([{ kind: 'classification', labels: 2 }]);
    expect(written.labelNames).toEqual(['bad', 'good']);
    const { 'vocab.txt': words, 'tokenizer_config.json': settings, ...rest } = written.tokenizerFiles;
    expect(words).toBe((await loadCheckpoint(base)).tokenizerFiles['vocab.txt']);
    expect(JSON.parse(settings!)).toMatchObject({ model_max_length: 16, do_lower_case: true });
    expect(JSON.parse(rest['tokenizer.json']!)).toMatchObject({ truncation: { max_length: 16 } });
    expect(Object.fromEntries(written.tensors)).toEqual(changedValues(await makeDiff()));

    const again = await run('apply', '--base', base, '--diff', diff, '--out', out);
    expect(again.code).toBe(2);
    expect(again.err).toContain('write over them with --force');

    const extracted = join(folder, 'extracted.sdiff');
    const density = ['--density', '0.01', '--out', extracted, '--task', 'mine', '--texts', '2'];
    expect(await run('extract', '--base', base, '--fine-tuned', out, ...density)).toMatchObject({ code: 0 });
    const { manifest, tensors } = await readDiff(extracted);
    const k = Math.floor(0.01 * manifest.base.parameters);
    expect(tensors.reduce((sum, { positions }) => sum + positions.length, 0)).toBe(k);
    expect(manifest).toMatchObject({
      task: 'mine',
      labels: ['bad', 'good'],
      head: 'classification',
      texts: 2,
    });
    // the k largest changes, found here by sorting all of them
    const changed = changedValues(await makeDiff());
    const magnitudes = [...baseValues()].flatMap(([name, values]) => [
      ...values.map((value, i) => Math.abs(Math.fround(changed[name]![i]! - value))),
    ]);
    const smallest = magnitudes.sort((a, b) => b - a)[k - 1]!;
    for (const { operation, values } of tensors) {
      if (operation === 'add') expect(Math.min(...values.map(Math.abs))).toBeGreaterThanOrEqual(smallest);
    }
    expect(Object.keys(changed)).toEqual(expect.arrayContaining(tensors.map(({ name }) => name)));
    expect(tensors.at(-1)).toMatchObject({ name: 'classifier.bias', operation: 'replace-dense' });
  });
});

describe('a pruned model', () => {
  it('is inspected, predicted with and applied', async () => {
    const pruned = join(folder, 'pruned.sdiff');
    const sparse = await makePrunedDiff();
    await writeDiff(pruned, sparse);
    const matrices = sparse.tensors.filter(({ operation }) => operation === 'replace-sparse');
    const entries = matrices.reduce((sum, { shape }) => sum + shape[0]! * shape[1]!, 0);
    const left = matrices.reduce((sum, { positions }) => sum + positions.length, 0);
    const { out: shown } = await run('inspect', '--diff', pruned);
    const share = ((100 * left) / entries).toFixed(2);
    expect(shown).toContain(
      `${left} of the ${entries.toLocaleString('en')} entries of 12 tensors are left (${share}%), the others are pruned to 0`,
    );

    const out = join(folder, 'pruned-model');
    expect(await run('apply', '--base', base, '--diff', pruned, '--out', out)).toMatchObject({ code: 0 });
    expect(Object.fromEntries((await loadCheckpoint(out)).tensors)).toEqual(changedValues(sparse));

    const extracted = join(folder, 'pruned-again.sdiff');
    const from = ['extract', '--base', base, '--fine-tuned', out, '--task', 'mine', '--out', extracted];
    expect(await run(...from, '--pruned')).toMatchObject({ code: 0 });
    const again = await readDiff(extracted);
    const positionsOf = (tensors: readonly (typeof matrices)[number][]) =>
      new Map(tensors.map((each) => [each.name, each.positions]));
    expect(positionsOf(again.tensors)).toEqual(
      new Map([...positionsOf(again.tensors), ...positionsOf(matrices)]),
    );
    const target = await loadBase(base, { threads: 1 });
    const model = await applyDiff(target, extracted);
    expect(model.manifest.method).toBe('pruned-extraction');
    const values = [...target.tensors].map(([name, { data }]) => [name, data] as const);
    expect(Object.fromEntries(values)).toEqual(changedValues(sparse));
    await target.predictors.dispose();
    for (const wrong of [[], ['--pruned', '--density', '0.1']]) {
      expect(await run(...from, ...wrong)).toMatchObject({
        code: 2,
        err: expect.stringContaining('give either --density, or --pruned'),
      });
    }

    // a diff of nothing but the head over the applied folder, as another base, gives the same answers
    const given = ['--text', 'the film was good', '--text-b', 'great', '--threads', '1'];
    const predicted = await run('predict', '--base', base, '--diff', pruned, ...given);
    expect(predicted.code).toBe(0);
    const { tensors, manifest } = sparse;
    const applied = await loadBase(out, { threads: 1 });
    const ofApplied = { ...manifest, base: { ...manifest.base, fingerprint: applied.fingerprint } };
    const head = join(folder, 'head.sdiff');
    await writeDiff(head, { manifest: ofApplied, tensors: tensors.slice(-2) });
    const expected = await run('predict', '--base', out, '--diff', head, ...given);
    expect(predicted.out).toBe(expected.out);
    await applied.predictors.dispose();
  });
});

async function damaged(change: (bytes: Uint8Array) => Uint8Array): Promise<string> {
  const file = join(await temporaryFolder(), 'damaged.sdiff');
  await writeFile(file, change(encodeDiff(await makeDiff()).bytes));
  return file;
}

async function tsv(content: string): Promise<string> {
  const file = join(await temporaryFolder(), 'rows.tsv');
  await writeFile(file, content);
  return file;
}

async function shortBase(): Promise<string> {
  const folder = await writeBase();
  await truncate(join(folder, 'model.safetensors'), 5000);
  return folder;
}

/** The base's architecture (or one with other layers) with a head. */
async function fineTuned(layers = config.numHiddenLayers): Promise<string> {
  const folder = await temporaryFolder();
  const model = { ...config, numHiddenLayers: layers };
  const specs = [...baseParameters(model), ...headParameters(model, classification)];
  const tensors = initializeParameters(specs, model, 1);
  await writeCheckpoint(folder, { config: model, tensors, heads: [classification], tokenizerFiles: {} });
  return folder;
}

describe('bad input', () => {
  const refusals: [what: string, args: () => Promise<string[]>, message: string][] = [
    [
      'a missing base',
      async () => ['predict', '--base', '/no/such', '--diff', diff, '--text', 'a'],
      '/no/such',
    ],
    [
      'a missing diff',
      async () => ['inspect', '--diff', '/no/such.sdiff'],
      '/no/such.sdiff: no such file or folder',
    ],
    [
      'a diff cut short',
      async () => ['inspect', '--diff', await damaged((bytes) => bytes.subarray(0, -9))],
      'cut short',
    ],
    [
      'a damaged diff',
      async () => [
        'inspect',
        '--diff',
        await damaged((bytes) => bytes.map((byte, i) => (i === bytes.length - 50 ? byte ^ 4 : byte))),
      ],
      'checksum',
    ],
    ['a foreign file', async () => ['inspect', '--diff', main], 'not a sparse diff'],
    [
      'a diff for another base',
      async () => ['predict', '--base', await writeBase(2), '--diff', diff, '--text', 'a'],
      'the diff is for a base with fingerprint',
    ],
    [
      'a base cut short',
      async () => ['predict', '--base', await shortBase(), '--diff', diff, '--text', 'a'],
      'safetensors',
    ],
    ['neither text nor file', async () => ['predict', '--base', base, '--diff', diff], 'either --text'],
    [
      'a missing column',
      async () => ['predict', '--base', base, '--diff', diff, '--file', await tsv('words\na b\n')],
      'rows.tsv:1: no columns "sentence"',
    ],
    [
      'a column that is not there',
      async () => [
        'predict',
        '--base',
        base,
        '--diff',
        diff,
        '--file',
        await tsv('words\na b\n'),
        '--columns',
        'text',
      ],
      'no column "text", only "words"',
    ],
    [
      'an unknown engine',
      async () => ['predict', '--base', base, '--diff', diff, '--text', 'a', '--engine', 'x'],
      "'x'",
    ],
    [
      'density 0',
      async () => [
        'extract',
        '--base',
        base,
        '--fine-tuned',
        await fineTuned(),
        '--density',
        '0',
        '--out',
        'x.sdiff',
      ],
      '--density must be above 0 and at most 1, not 0',
    ],
    [
      'a fine-tuned model without a head',
      async () => ['extract', '--base', base, '--fine-tuned', base, '--density', '0.1', '--out', 'x.sdiff'],
      'has no head',
    ],
    [
      'models of different shapes',
      async () => [
        'extract',
        '--base',
        base,
        '--fine-tuned',
        await fineTuned(3),
        '--density',
        '0.1',
        '--out',
        'x.sdiff',
      ],
      '"num_hidden_layers" is 3 in the config.json of one, 2 in that of the other',
    ],
    [
      'a folder to write to that is not there',
      async () => ['export', '--diff', diff, '--out', join(folder, 'none', 'x.safetensors')],
      'none for ',
    ],
    [
      'a folder to write to that is the base',
      async () => [
        'apply',
        '--base',
        base,
        '--diff',
        diff,
        '--out',
        `${base}/../${basename(base)}`,
        '--force',
      ],
      'is the folder that --base reads; give it another',
    ],
    [
      'a folder to write to that is a file',
      async () => ['apply', '--base', base, '--diff', diff, '--out', diff, '--force'],
      'mine.sdiff is a file; give it a folder',
    ],
    [
      'a diff to write that is the one to read',
      async () => ['export', '--diff', diff, '--out', diff],
      'is a file that --diff reads',
    ],
    ['a folder as a diff', async () => ['inspect', '--diff', folder], 'folder'],
    ['an unknown option', async () => ['inspect', '--diff', diff, '--jsn'], 'unknown option'],
    ['a missing option', async () => ['inspect'], "required option '--diff <file>' not specified"],
    ['an unknown command', async () => ['inspct'], 'unknown command'],
  ];
  it.each(refusals)('%s: a message and exit code 2', async (_, args, message) => {
    const { code, out, err } = await run(...(await args()));
    expect(err).toContain(message);
    expect(err).not.toMatch(/^ +at /m);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});
