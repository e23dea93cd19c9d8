import { open, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, exitCode, explain } from './errors.ts';

const verdict = (error: unknown) => [exitCode(error), explain(error)];
const thrown = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('explain and exitCode', () => {
  it("tell what the user's input is to blame for", () => {
    class ColumnError extends InputError {
      override name = 'ColumnError';
    }
    expect(verdict(new InputError('--data is missing'))).toEqual([2, 'error: --data is missing']);
    expect(verdict(new ColumnError('no column'))).toEqual([2, 'error: no column']);
    const foreign = Object.assign(new Error('rows.tsv:3: bad row'), { fault: 'input' });
    expect(verdict(foreign)).toEqual([2, 'error: rows.tsv:3: bad row']);
    const internal = Object.assign(new Error('no column'), { fault: 'program' });
    expect(verdict(internal)).toEqual([1, 'error: no column']);
  });

  it('name a path that the file system refuses', async () => {
    const missing = join(tmpdir(), 'no-such-folder', 'config.json');
    expect(verdict(await thrown(open(missing, 'w')))).toEqual([
      2,
      `error: ${missing}: no such file or folder`,
    ]);
    const file = new URL(import.meta.url).pathname;
    expect(verdict(await thrown(readdir(file)))).toEqual([
      2,
      `error: ${file}: a part of the path is not a folder`,
    ]);
    expect(exitCode(await thrown(open(tmpdir(), 'w')))).toBe(2);
  });

  it('leave everything else with code 1', () => {
    expect(verdict(new Error('a wheel came off'))).toEqual([1, 'error: a wheel came off']);
    expect(verdict(Object.assign(new Error('write'), { code: 'ENOENT' }))).toEqual([1, 'error: write']);
    expect(verdict('a word')).toEqual([1, 'error: a word']);
  });
});
