import { readdir, readFile } from 'node:fs/promises';
import { encodeDiff, FormatError, WrongBaseError } from '@diffprune/sparse-diff';
import { applyDiff, loadBase, memoryFiles, ResidentBase, SourceError, type ModelSource } from '../index.ts';
import { ResidentBase as NodeResidentBase } from '../node.ts';
import { readBase } from '../read-base.ts';
import { makeDiff, writeBase } from '../tiny-model.fixture.ts';
import type { LoadOptions, LoadProgress } from './load-options.ts';
import { ModelServer, type Fault } from './model-server.fixture.ts';

let folder: string;
let files: Record<string, Uint8Array>;
let fingerprint: string;
let tokenizerFingerprint: string;
let server: ModelServer;
let address: string;

beforeAll(async () => {
  folder = await writeBase();
  files = {};
  for (const name of await readdir(folder)) files[name] = await readFile(`${folder}/${name}`);
  ({ fingerprint, tokenizerFingerprint } = await readBase(folder));
});
beforeEach(async () => {
  server = new ModelServer(new Map());
  put('models/tiny', files);
  put('owner/tiny', files);
  server.files.set('mine.sdiff', encodeDiff(await makeDiff()).bytes);
  address = await server.start();
});
afterEach(() => server.stop());

function put(path: string, content: Readonly<Record<string, Uint8Array>>): void {
  for (const [name, bytes] of Object.entries(content)) server.files.set(`${path}/${name}`, bytes);
}

/** The base, as both ways of loading it have it. */
async function load(source: ModelSource, options: LoadOptions = {}): Promise<string[]> {
  const base = await loadBase(source, options);
  const resident = await ResidentBase.load(source, options);
  for (const [name, { data }] of base.tensors) expect(await resident.engine.weights.read(name)).toEqual(data);
  resident.dispose();
  return [base, resident.base].flatMap((each) => [each.fingerprint, each.tokenizerFingerprint]);
}

const asFile = (path: string, bytes: Uint8Array): File =>
  Object.defineProperty(new File([new Uint8Array(bytes)], path.split('/').at(-1)!), 'webkitRelativePath', {
    value: path,
  });

/** The weights of a folder, divided among two files. */
function divided({ 'model.safetensors': whole, ...others }: Record<string, Uint8Array>): typeof files {
  const length = Number(new DataView(whole!.buffer, whole!.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(whole!.subarray(8, 8 + length))) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  delete header['__metadata__'];
  const entries = Object.entries(header).sort(([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0]);
  const names = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
  const shards = names.map((_, part) => {
    // every other tensor, so that they are not read one shard after the other
    const own = entries.filter((_, i) => i % 2 === part);
    let at = 0;
    const placed = own.map(([name, entry]) => {
      const [begin, end] = entry.data_offsets;
      return [name, { ...entry, data_offsets: [at, (at += end - begin)] }];
    });
    const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(placed)));
    const start = new Uint8Array(8);
    new DataView(start.buffer).setBigUint64(0, BigInt(json.length), true);
    const data = own.map(
      ([
        ,
        {
          data_offsets: [begin, end],
        },
      ]) => whole!.subarray(8 + length + begin, 8 + length + end),
    );
    return new Uint8Array(Buffer.concat([start, json, ...data]));
  });
  const weight_map = Object.fromEntries(entries.map(([name], i) => [name, names[i % 2]]));
  return {
    ...others,
    [names[0]!]: shards[0]!,
    [names[1]!]: shards[1]!,
    'model.safetensors.index.json': new TextEncoder().encode(JSON.stringify({ weight_map })),
  };
}

describe('a base is the same', () => {
  it.each<[string, () => ModelSource]>([
    ['bytes', () => files],
    ["a reader's files", () => memoryFiles(files)],
    ['files that were chosen', () => Object.entries(files).map(([name, bytes]) => asFile(name, bytes))],
    [
      'a folder that was chosen, with a lower one that has a config.json of its own',
      () => [
        asFile('tiny/1_Pooling/config.json', new TextEncoder().encode('{}')),
        ...Object.entries(files).map(([name, bytes]) => asFile(`tiny/${name}`, bytes)),
      ],
    ],
    ["a folder's address", () => `${address}/models/tiny`],
    ['a URL that ends in a slash', () => new URL(`${address}/models/tiny/`)],
    ['a hub id', () => 'owner/tiny'],
    ['a hub id with a commit', () => `owner/tiny@${'1'.repeat(40)}`],
  ])('from %s', async (_, source) => {
    expect(await load(source(), { endpoint: `${address}/` })).toEqual([
      fingerprint,
      tokenizerFingerprint,
      fingerprint,
      tokenizerFingerprint,
    ]);
  });

  it.each<[string, () => void]>([
    ['that has a page for everything else', () => (server.singlePage = true)],
    ['that packs answers on their way', () => (server.gzips = true)],
    [
      'that has it in shards',
      () => {
        server.files.clear();
        put('models/tiny', divided(files));
      },
    ],
    ['that says no length', () => server.faults.set('models/tiny/config.json', 'unsized')],
  ])('from a server %s', async (_, prepare) => {
    prepare();
    expect((await load(`${address}/models/tiny`))[2]).toBe(fingerprint);
  });

  it('from a host that has the addresses of the hub, and no more', async () => {
    server.files.clear();
    put('mirror/owner/tiny/resolve/main', files);
    expect((await load('owner/tiny', { endpoint: `${address}/mirror` }))[2]).toBe(fingerprint);
  });

  it('in Node, from a path', async () => {
    const base = await NodeResidentBase.load(folder);
    expect(base.base.fingerprint).toBe(fingerprint);
    base.dispose();
    await expect(NodeResidentBase.load('./no-such-folder')).rejects.toThrow('there is no such folder');
  });
});

it('all files of a hub id are of the commit that its revision is', async () => {
  await ResidentBase.load('owner/tiny@main', { endpoint: address });
  const paths = server.asked.map(({ path }) => path);
  expect(paths).toEqual([
    'api/models/owner/tiny/revision/main',
    ...['config.json', 'vocab.txt', 'model.safetensors'].map(
      (name) => `owner/tiny/resolve/${'1'.repeat(40)}/${name}`,
    ),
  ]);
});

it('tells how far it is', async () => {
  const seen: LoadProgress[] = [];
  await ResidentBase.load(`${address}/models/tiny`, { onProgress: (progress) => seen.push(progress) });
  const total = Object.values(files).reduce((sum, { length }) => sum + length, 0);
  expect(seen.at(-1)).toEqual({ file: 'model.safetensors', bytes: total, totalBytes: total });
  expect(new Set(seen.map(({ file }) => file))).toEqual(new Set(Object.keys(files)));
  seen.reduce((before, { bytes, totalBytes }) => {
    expect(bytes).toBeGreaterThan(before);
    expect(totalBytes).toBeGreaterThanOrEqual(bytes);
    return bytes;
  }, 0);
});

it('stops when the model is not wanted any more', async () => {
  server.faults.set('models/tiny/model.safetensors', 'stalled');
  const controller = new AbortController();
  const loading = ResidentBase.load(`${address}/models/tiny`, {
    signal: controller.signal,
    onProgress: ({ file }) => {
      if (file === 'model.safetensors') setTimeout(() => controller.abort(new Error('never mind')));
    },
  });
  await expect(loading).rejects.toThrow('never mind');
  await expect(loadBase(files, { signal: controller.signal })).rejects.toThrow('never mind');
});

describe('an answer that is not the file', () => {
  const faults: Fault[] = ['broken', 'short', 'page', 'gzipped', 'pointer', 'unavailable'];
  const names = ['config.json', 'vocab.txt', 'model.safetensors'];
  const cases = ['models/tiny', 'owner/tiny']
    .flatMap((place) => names.flatMap((name) => faults.map((fault) => [place, name, fault] as const)))
    // Nothing tells that a text ends early whose length nobody said: a diff knows its tokenizer.
    .filter((each) => each.join() !== 'models/tiny,vocab.txt,short');

  it.each(cases)('%s/%s: %s', async (place, name, fault) => {
    server.faults.set(`${place}/${name}`, fault);
    const source = place === 'models/tiny' ? `${address}/${place}` : place;
    const error = await ResidentBase.load(source, { endpoint: address }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    // What follows from a cut JSON text, or from a file that there is not, is told where it is found.
    const isText = place === 'models/tiny' && fault === 'short';
    const isAbsent = place === 'models/tiny' && fault === 'page' && name !== 'config.json';
    if (isText || isAbsent) {
      expect((error as { fault?: string }).fault).toBe('input');
      return expect(error!.message).toContain(`${address}/models/tiny`);
    }
    expect(error).toBeInstanceOf(SourceError);
    expect((error as SourceError).source).toMatch(new RegExp(`^${address}/.*/${name}$`));
    expect(error!.message).toContain(
      {
        broken: 'it cannot be had',
        short: 'bytes that were promised came',
        page: 'an HTML page came in place of the file',
        gzipped: 'gzipped bytes came',
        pointer: 'a Git LFS pointer came',
        unavailable: 'status 503 (Service Unavailable); try again later',
        wrong: '',
        stalled: '',
        unsized: '',
      }[fault],
    );
  });

  it.each<[string, string]>([
    ['owner/none', 'there is no owner/none, or it is not for everybody'],
    ['owner/tiny@other', 'owner/tiny has no revision "other"'],
    ['owner/tiny/more', 'it is no hub id'],
    ['/models/tiny', 'it is no address, expected one with a scheme'],
  ])('%s: %s', async (source, message) => {
    await expect(loadBase(source, { endpoint: address })).rejects.toThrow(message);
  });

  it('says what is there', async () => {
    await expect(loadBase(`${address}/models/none`)).rejects.toThrow(
      `${address}/models/none/config.json: the server answered with status 404 (Not Found); is it the right address?`,
    );
    server.files.delete('models/tiny/model.safetensors');
    await expect(loadBase(`${address}/models/tiny`)).rejects.toThrow(
      /models\/tiny holds no weights: expected model.safetensors, .*, found config.json, vocab.txt/,
    );
    await server.stop();
    await expect(loadBase(`${address}/models/tiny`)).rejects.toThrow(
      /\.json: it cannot be had \(.+\); is there a connection/,
    );
    await server.start();
  });
});

describe('a diff', () => {
  it.each<[string, () => Parameters<typeof applyDiff>[1] | Promise<Response>]>([
    ['address', () => `${address}/mine.sdiff`],
    ['URL', () => new URL(`${address}/mine.sdiff`)],
    ['answer', () => fetch(`${address}/mine.sdiff`)],
    ['file', () => new File([new Uint8Array(server.files.get('mine.sdiff')!)], 'mine.sdiff')],
    ['bytes', () => server.files.get('mine.sdiff')!],
  ])('is applied and added from its %s', async (_, source) => {
    const base = await loadBase(files);
    expect((await applyDiff(base, await source())).manifest.task).toBe('mine');
    const resident = await ResidentBase.load(files);
    expect((await resident.add(await source())).manifest.task).toBe('mine');
    resident.dispose();
  });

  it.each<[Fault, string]>([
    ['broken', 'it cannot be had'],
    ['short', 'the file is cut short'],
    ['page', 'an HTML page came in place of the file'],
    ['gzipped', 'gzipped bytes came'],
    ['unavailable', 'status 503'],
  ])('whose answer is %s is refused, and the base is as it was', async (fault, message) => {
    server.faults.set('mine.sdiff', fault);
    const url = `${address}/mine.sdiff`;
    const base = await loadBase(files);
    const resident = await ResidentBase.create(base);
    for (const attempt of [applyDiff(base, url), resident.add(url), resident.add(await fetch(url))]) {
      const error = await attempt.then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error?.message).toContain(url);
      expect(error?.message).toContain(message);
    }
    expect(resident.tasks).toEqual([]);
    await applyDiff(base, await makeDiff());
    resident.dispose();
  });

  it('of another base says what both are, before the rest of it is asked for', async () => {
    const { manifest, tensors } = await makeDiff();
    const architecture = { model_type: 'bert', hidden_size: 384, num_hidden_layers: 12 };
    const other = { fingerprint: 'f'.repeat(64), architecture, parameters: 33_000_000 };
    server.files.set('mine.sdiff', encodeDiff({ manifest: { ...manifest, base: other }, tensors }).bytes);
    server.faults.set('mine.sdiff', 'stalled');
    const base = await loadBase(files);
    const url = `${address}/mine.sdiff`;
    const refused = applyDiff(base, url);
    await expect(refused).rejects.toThrow(WrongBaseError);
    await expect(refused).rejects.toThrow(
      `${url}: the diff is for a base with fingerprint ${'f'.repeat(64)} (model_type bert, num_hidden_layers 12, ` +
        `hidden_size 384, 33000000 parameters), this one has ${fingerprint} (model_type bert, num_hidden_layers 2, ` +
        `hidden_size 16, vocab_size 20, ${base.parameters} parameters): load the base`,
    );
  });

  it('with a tensor of another shape than the base’s, or that was read already, is refused', async () => {
    const resident = await ResidentBase.load(files);
    const diff = await makeDiff();
    const tensors = diff.tensors.map((tensor, i) => (i === 0 ? { ...tensor, shape: [200, 16] } : tensor));
    await expect(resident.add({ ...diff, tensors })).rejects.toThrow("the diff's shape is [200, 16]");
    await expect(resident.add(encodeDiff({ ...diff, tensors }).bytes)).rejects.toThrow('[200, 16]');
    const far = diff.tensors.map((tensor, i) =>
      i === 0 ? { ...tensor, positions: tensor.positions.map((at) => at + 300) } : tensor,
    );
    await expect(resident.add({ ...diff, tensors: far })).rejects.toThrow('its shape has 320 elements');
    const answer = await fetch(`${address}/mine.sdiff`);
    await answer.arrayBuffer();
    await expect(resident.add(answer)).rejects.toThrow('it was read already');
    await expect(resident.add(new Blob(['no diff']))).rejects.toThrow(FormatError);
    resident.dispose();
  });
});
