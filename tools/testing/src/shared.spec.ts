import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { itShared } from './shared.ts';

describe('itShared', () => {
  const before = process.env['DIFFPRUNE_SHARED'];
  afterEach(() => {
    jest.restoreAllMocks();
    if (before === undefined) delete process.env['DIFFPRUNE_SHARED'];
    else process.env['DIFFPRUNE_SHARED'] = before;
  });

  /** What `itShared` declares, not to Jest but here: the names of tests and of skipped tests, and what runs. */
  function declared(root: string, test: (at: string) => void) {
    process.env['DIFFPRUNE_SHARED'] = root;
    const run = jest.spyOn(globalThis, 'it').mockImplementation(() => {});
    const skip = jest.fn<(name: string, body: () => void) => void>();
    Object.assign(run, { skip });
    itShared('data.txt', 'reads data', test);
    return { run: run.mock.calls, skip: skip.mock.calls };
  }

  it('gives a test the path when it runs, not when it is declared', async () => {
    const root = await mkdtemp(join(tmpdir(), 'shared-'));
    await writeFile(join(root, 'data.txt'), '');
    const test = jest.fn<(at: string) => void>();
    const { run, skip } = declared(root, test);
    expect([run.length, run[0]?.[0], skip]).toEqual([1, 'reads data', []]);
    expect(test).not.toHaveBeenCalled();
    (run[0]![1] as () => void)();
    expect(test.mock.calls).toEqual([[join(root, 'data.txt')]]);
  });

  it('skips by name, and runs nothing, where the file is missing', () => {
    const test = jest.fn<(at: string) => void>();
    const { run, skip } = declared('/nonexistent', test);
    expect(run).toEqual([]);
    expect(skip[0]?.[0]).toBe('reads data (skipped: no data.txt at ../shared or DIFFPRUNE_SHARED)');
    skip[0]![1]();
    expect(test).not.toHaveBeenCalled();
  });
});
