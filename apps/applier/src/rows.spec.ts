import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeShared, sharedPath } from '@diffprune/testing';
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

describeShared('glue/SST-2/dev.tsv', 'a real GLUE file', () => {
  it('has the 872 rows of the benchmark', async () => {
    const rows = await readRows(sharedPath('glue/SST-2/dev.tsv'), 'sst2', {});
    expect(rows).toHaveLength(872);
    expect(rows[0]).toMatchObject({ index: '0', textA: "it 's a charming and often affecting journey . " });
  });
});
