import { jest } from '@jest/globals';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeHub } from './fake-hub.fixture.ts';

const refused = jest.fn(() => Promise.reject(Object.assign(new Error('no privilege'), { code: 'EPERM' })));
jest.unstable_mockModule('node:fs/promises', () => ({ ...fs, symlink: refused }));
const { resolveRepository } = await import('./resolve-repository.ts');

it('where links are not permitted, the files of a snapshot are copies', async () => {
  const content = Buffer.from('{"model_type": "bert"}');
  const hub = new FakeHub('owner/tiny', new Map([['a/config.json', content]]));
  const cacheFolder = await fs.mkdtemp(join(tmpdir(), 'hub-'));
  const get = async () =>
    resolveRepository('owner/tiny', {
      type: 'model',
      files: (names) => names,
      endpoint,
      cacheFolder,
      token: '',
      offline: false,
    });
  const endpoint = await hub.start();
  try {
    const folder = await get();
    expect(refused).toHaveBeenCalled();
    expect((await fs.lstat(join(folder, 'a/config.json'))).isFile()).toBe(true);
    expect(await fs.readFile(join(folder, 'a/config.json'))).toEqual(content);
    hub.asked.length = 0;
    expect(await get()).toBe(folder);
    expect(hub.asked.filter(({ path }) => path.startsWith('/cdn/'))).toEqual([]);
    expect((await fs.readdir(join(folder, '../..'))).sort()).toEqual(['blobs', 'refs', 'snapshots']);
  } finally {
    await hub.stop();
  }
});
