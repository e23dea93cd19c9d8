import { createHash } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CheckpointError } from './checkpoint-error.ts';
import { loadCheckpoint } from './checkpoint-folder.ts';
import { BertConfigError } from './config-fields.ts';
import { resolveCheckpoint } from './resolve-checkpoint.ts';

const scratch = () => mkdtemp(join(tmpdir(), 'resolve-'));
const fixture = (name: string) => readFile(fileURLToPath(new URL(`fixtures/bert/${name}`, import.meta.url)));

/** A `fetch` that answers as a hub with these files does, and the files that were downloaded from it. */
function fakeHub(files: Record<string, Uint8Array>): { fetch: typeof fetch; downloaded: string[] } {
  const downloaded: string[] = [];
  const answer = (url: unknown): Response => {
    const path = String(url);
    if (path.includes('/revision/')) return Response.json({ sha: 'a'.repeat(40) });
    if (path.includes('/tree/')) {
      const listed = Object.entries(files).map(([path, { length: size }]) => {
        const oid = createHash('sha1').update(`blob ${size}\0`).update(files[path]!).digest('hex');
        return { type: 'file', path, size, oid };
      });
      return Response.json(listed);
    }
    const name = path.slice(path.lastIndexOf('/') + 1);
    downloaded.push(name);
    return new Response(Uint8Array.from(files[name]!));
  };
  return { fetch: (url) => Promise.resolve(answer(url)), downloaded };
}

describe('resolveCheckpoint', () => {
  it('brings what loadCheckpoint reads, and no more', async () => {
    const { fetch, downloaded } = fakeHub({
      'README.md': Buffer.from('# A model'),
      'config.json': await fixture('config.json'),
      'tf_model.h5': Buffer.from('for TensorFlow'),
      'pytorch_model.bin': await fixture('pytorch_model.zip.bin'),
      'vocab.txt': await fixture('vocab.txt'),
    });
    const folder = await resolveCheckpoint('owner/tiny@main', {
      fetch,
      cacheFolder: await scratch(),
      offline: false,
    });
    expect(downloaded).toEqual(['config.json', 'pytorch_model.bin', 'vocab.txt']);
    const { config, tokenizerFiles } = await loadCheckpoint(folder);
    expect(config.hiddenSize).toBe(4);
    expect(Object.keys(tokenizerFiles)).toEqual(['vocab.txt']);
  });

  it.each(['distilbert', 'roberta'])(
    'refuses a %s before its weights are downloaded',
    async (architecture) => {
      const json = JSON.stringify({ model_type: architecture });
      const { fetch, downloaded } = fakeHub({
        'config.json': Buffer.from(json),
        'model.safetensors': Buffer.alloc(9),
      });
      const options = { fetch, cacheFolder: await scratch(), offline: false };
      await expect(resolveCheckpoint('owner/other', options)).rejects.toThrow(BertConfigError);
      await expect(resolveCheckpoint('owner/other', options)).rejects.toThrow(
        `"model_type" is "${architecture}", expected "bert", the only supported one`,
      );
      expect(downloaded).toEqual(['config.json']);
    },
  );

  it('takes a folder as it is', async () => {
    const folder = await scratch();
    await expect(resolveCheckpoint(folder)).rejects.toThrow(CheckpointError);
    await writeFile(join(folder, 'config.json'), await fixture('config.json'));
    expect(await resolveCheckpoint(folder)).toBe(folder);
  });

  it('says once that the cache is used', async () => {
    const { fetch } = fakeHub({
      'config.json': await fixture('config.json'),
      'pytorch_model.bin': await fixture('pytorch_model.legacy.bin'),
    });
    const notices: string[] = [];
    const options = {
      cacheFolder: await scratch(),
      offline: false,
      onNotice: (text: string) => notices.push(text),
    };
    const folder = await resolveCheckpoint('tiny', { ...options, fetch });
    const unreachable = () => Promise.reject(new TypeError('fetch failed'));
    expect(await resolveCheckpoint('tiny', { ...options, fetch: unreachable })).toBe(folder);
    expect(notices).toEqual([expect.stringMatching(/^using the copy of model tiny in the cache/)]);
  });
});
