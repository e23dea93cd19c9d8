import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { itShared } from '@diffprune/testing';
import { readRows } from './rows.ts';
import { temporaryFolder } from './tiny-model.fixture.ts';

async function file(name: string, content: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return path;
}

describe('readRows', () => {
  it("knows a GLUE task's file by its name, with or without a header", async () => {
    const dev = await file('dev.tsv', 'gj04\t1\t\tIt is.\ngj04\t0\t*\tIs it\n');
    expect(await readRows(dev, 'cola', {})).toMatchObject([
      { index: '0', textA: 'It is.' },
      { index: '1', textA: 'Is it' },
    ]);
    const test = await file('test.tsv', 'index\tsentence\n5\tIt is.\n');
    expect(await readRows(test, 'cola', {})).toMatchObject([{ index: '5', textA: 'It is.' }]);
  });

  it("keeps a GLUE task's texts as they are, quotes and outer spaces included", async () => {
    const dev = await file('dev.tsv', 'sentence\tlabel\na "fine line \t1\n ``so so\u0085 \t0');
    expect(await readRows(dev, 'sst2', {})).toEqual([
      { index: '0', textA: 'a "fine line ', label: 1, line: 2 },
      { index: '1', textA: ' ``so so\u0085 ', label: 0, line: 3 },
    ]);
  });

  it('takes the split for a file of another name', async () => {
    const rows = await file('mail.tsv', 'sentence\tlabel\nfine\t1\n');
    await expect(readRows(rows, 'sst2', {})).rejects.toThrow('--split train|dev|test');
    expect(await readRows(rows, 'sst2', { split: 'dev' })).toMatchObject([{ textA: 'fine' }]);
    await expect(readRows(rows, 'mine', { split: 'dev' })).rejects.toThrow(
      'which mine is not; use --columns',
    );
  });

  it('refuses a label that the GLUE task does not have', async () => {
    const dev = await file('dev.tsv', 'sentence\tlabel\nfine\t7\n');
    await expect(readRows(dev, 'sst2', {})).rejects.toThrow('dev.tsv:2: unknown label "7"');
  });

  it('finds the columns of other tasks by the usual names, or by those given', async () => {
    const pairs = await file('x.tsv', 'index\tsentence2\tsentence1\r\nq\tb\ta\r\n');
    expect(await readRows(pairs, 'mine', {})).toMatchObject([{ index: 'q', textA: 'a', textB: 'b' }]);
    const one = await readRows(pairs, 'sst2', { columns: ['sentence2'] });
    expect(one).toEqual([{ index: 'q', textA: 'b', line: 2 }]);
    await expect(readRows(pairs, 'mine', { columns: ['a', 'b', 'c'] })).rejects.toThrow('one name or two');
  });
});

describe('a real GLUE file', () => {
  itShared('glue/SST-2/dev.tsv', 'has the 872 rows of the benchmark', async (file) => {
    const rows = await readRows(file, 'sst2', {});
    expect(rows).toHaveLength(872);
    expect(rows[0]).toMatchObject({ index: '0', textA: "it 's a charming and often affecting journey . " });
  });
});
