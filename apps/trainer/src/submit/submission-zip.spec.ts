import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describePython } from '@diffprune/testing';
import { strFromU8, unzipSync } from 'fflate';
import { zipTexts } from './submission-zip.ts';

const texts = new Map([
  ['CoLA.tsv', 'index\tprediction\n0\t1\n'],
  ['STS-B.tsv', `index\tprediction\n${'0\t2.500\n'.repeat(5000)}`],
  ['x.txt', 'größer 😀\n'],
]);

describe('the zip file', () => {
  it('holds the texts, in their order, and nothing else', () => {
    const read = Object.entries(unzipSync(zipTexts(texts)));
    expect(read.map(([name, bytes]) => [name, strFromU8(bytes)])).toEqual([...texts]);
  });

  it('has the same bytes at any time and in any time zone', () => {
    const before = process.env['TZ'];
    const made = ['UTC', 'Asia/Tokyo', 'America/Los_Angeles'].map((zone) => {
      process.env['TZ'] = zone;
      return Buffer.from(zipTexts(texts)).toString('base64');
    });
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
    expect(new Set(made).size).toBe(1);
  });
});

describePython(['pip'], "the zip file, as Python's zipfile reads it", (run) => {
  it('is whole, and flat', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'zip-'));
    const [zip, script] = [join(folder, 'x.zip'), join(folder, 'read.py')];
    await writeFile(zip, zipTexts(texts));
    await writeFile(
      script,
      'import json, sys, zipfile\nwith zipfile.ZipFile(json.load(sys.stdin)) as file:\n' +
        '    assert file.testzip() is None\n' +
        '    print(json.dumps([[i.filename, i.date_time, file.read(i).decode()] for i in file.infolist()]))\n',
    );
    expect(run(script, zip)).toEqual([...texts].map(([name, text]) => [name, [1980, 1, 1, 0, 0, 0], text]));
  });
});
