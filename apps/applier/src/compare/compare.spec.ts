import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { baseParameters, initializeParameters, parameterSize, serializeConfig } from '@diffprune/bert';
import { readBase } from '@diffprune/inference/node';
import type { DiffTensor, Properties, SparseDiff } from '@diffprune/sparse-diff';
import { writeDiff } from '@diffprune/sparse-diff/node';
import { describeChromium, readers } from '@diffprune/testing/chromium';
import { baseValues, config, makeDiff, temporaryFolder, writeBase } from '../tiny-model.fixture.ts';
import { analyseDiffs, type ReadDiff } from './analyse-diffs.ts';
import { compareFiles, shortNames } from './compare-command.ts';
import { comparisonPage } from './comparison-page.ts';
import { comparisonText } from './comparison-text.ts';
import { decimal, percent } from './numbers.ts';

const specs = baseParameters(config);
const d = specs.reduce((sum, spec) => sum + parameterSize(spec), 0);
const query = 'bert.encoder.layer.0.attention.self.query.weight'; // [16, 16]
const output = 'bert.encoder.layer.1.output.dense.weight'; // [16, 24]

/** A diff whose manifest knows the architecture, and which changes these tensors alone. */
async function makeChange(tensors: readonly DiffTensor[]): Promise<SparseDiff> {
  const { manifest, tensors: all } = await makeDiff();
  const names = new Set(specs.map(({ name }) => name));
  const base = { ...manifest.base, architecture: serializeConfig(config) as Properties };
  return {
    manifest: { ...manifest, base },
    tensors: [...tensors, ...all.filter(({ name }) => !names.has(name))],
  };
}

const tensor = (
  name: string,
  operation: DiffTensor['operation'],
  positions: number[],
  values: number[],
): DiffTensor => ({
  name,
  shape: specs.find((spec) => spec.name === name)!.shape,
  operation,
  positions: Uint32Array.from(positions),
  values: Float32Array.from(values),
});

const row = Array.from({ length: 16 }, (_, i) => 32 + i);
let first: SparseDiff;
let second: SparseDiff;
let pruned: SparseDiff;
beforeAll(async () => {
  const ofRow = row.map(() => 0.5);
  first = await makeChange([tensor(query, 'add', row, ofRow)]);
  second = await makeChange([
    tensor(query, 'add', row.slice(4), ofRow.slice(4)),
    tensor(output, 'zero', [0, 9], []),
  ]);
  pruned = await makeChange([tensor(output, 'replace-sparse', [1, 9, 100], [1, -1, 2])]);
});

const read = (name: string, diff: SparseDiff): ReadDiff => ({
  path: `${name}.sdiff`,
  name,
  bytes: 100,
  diff,
});

describe('analyseDiffs', () => {
  it('finds what made diffs change, where, and what they share', () => {
    const { base, diffs, overlaps } = analyseDiffs([read('a', first), read('b', second), read('c', pruned)]);
    expect(base.parameters).toBe(d);
    expect(
      diffs.map(({ changed, zeroed, unchangedGroups, groups }) => [
        changed,
        zeroed,
        groups - unchangedGroups,
      ]),
    ).toEqual([
      [16, 0, 1],
      [14, 2, 2],
      [3, 16 * 24 - 3, 1],
    ]);
    const shares = (groups: (typeof diffs)[number]['layers']) =>
      groups.filter(({ changed }) => changed > 0).map(({ group, share }) => [group, share]);
    expect(shares(diffs[1]!.layers)).toEqual([
      ['layer 0', 12 / 14],
      ['layer 1', 2 / 14],
    ]);
    expect(shares(diffs[1]!.modules)).toEqual([
      ['query', 12 / 14],
      ['output', 2 / 14],
    ]);
    const sparsity = diffs[2]!.matrices.filter(({ sparsity }) => sparsity > 0);
    expect(sparsity).toMatchObject([{ layer: 1, module: 'output', sparsity: 381 / 384 }]);
    expect(diffs[0]!.clustering).toMatchObject({ runs: 1, rows: { touched: 1 }, columns: { touched: 16 } });
    expect(diffs[2]!.remaining!.counts.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(diffs[0]!.remaining).toBeUndefined();
    expect(
      overlaps.map(({ first, second, changed, zeros }) => [first, second, changed.common, zeros?.common]),
    ).toEqual([
      ['a', 'b', 12, undefined],
      ['a', 'c', 0, undefined],
      ['b', 'c', 1, 1],
    ]);
    expect(overlaps[0]!.changed.jaccard).toBe(12 / 18);
    expect(overlaps[0]!.changed.byChance).toBeCloseTo((16 * 14) / d, 12);
    expect(overlaps[0]!.changed.byChanceWithinTensors).toBeCloseTo((16 * 12) / 256, 12);
  });

  it('knows with the base how far matrices move, and what a tensor that is brought whole changes', async () => {
    const folder = await writeBase();
    const base = await readBase(folder);
    const values = baseValues().get(query)!.slice();
    values[3] = 7;
    const whole = await makeChange([tensor(query, 'replace-dense', [], [...values])]);
    const given = [first, whole].map((diff, i) =>
      read(String(i), { ...diff, manifest: { ...diff.manifest, tokenizer: '' } }),
    );
    expect(analyseDiffs(given).diffs.map(({ changed }) => changed)).toEqual([16, 256]);
    const { diffs, random } = analyseDiffs(given, base);
    expect(diffs.map(({ changed }) => changed)).toEqual([16, 1]);
    const [moved, ...still] = diffs[0]!.moves!;
    expect(moved).toMatchObject({ layer: 0, module: 'query' });
    // sixteen weights into one output, each by a half
    expect(moved!.l1Norm).toBeCloseTo(8, 5);
    expect(still.every(({ l1, angular }) => l1 === 0 && angular === 0)).toBe(true);
    expect(diffs[1]!.moves![0]!.l1).toBeCloseTo(Math.abs(7 - baseValues().get(query)![3]!), 5);
    // query, key, value and attention output of two layers; two of BERT's initialisations, one of them the base's own
    expect(random!.between).toHaveLength(8);
    const spec = specs.find(({ name }) => name === query)!;
    const seeds = [1, 2].map((seed) => initializeParameters([spec], config, seed).get(query)!);
    const l1 = seeds[0]!.reduce((sum, value, i) => sum + Math.abs(value - seeds[1]![i]!), 0);
    expect(random!.between[0]!.l1).toBeCloseTo(l1, 3);
    expect(random!.uniform.betweenUniform).toBeCloseTo(2 / 3 / 4, 9);
  });

  it("refuses diffs of different bases, unknown architectures, and tensors that are not the base's", async () => {
    const other = {
      ...second,
      manifest: { ...second.manifest, base: { ...second.manifest.base, fingerprint: 'b'.repeat(64) } },
    };
    expect(() => analyseDiffs([read('a', first), read('b', other)])).toThrow(
      /^b\.sdiff is a diff of the base b{64}, a\.sdiff of [0-9a-f]{64}: .* give diffs of one base$/,
    );
    const unknown = await makeDiff();
    expect(() => analyseDiffs([read('a', unknown)])).toThrow(
      /^a\.sdiff: the base's architecture in its manifest: .*; give the base itself by --base$/,
    );
    const base = await readBase(await writeBase(2));
    expect(() => analyseDiffs([read('a', first)], base)).toThrow(
      /^a\.sdiff: the diff is for a base with fingerprint [0-9a-f]{64}, this one has [0-9a-f]{64}: load the base/,
    );
    const [wrong] = first.tensors;
    const misshapen = { ...first, tensors: [{ ...wrong!, shape: [8, 32] }] };
    expect(() => analyseDiffs([read('a', misshapen)])).toThrow(
      `a.sdiff: ${query} is [8, 32], but [16, 16] by the architecture in its manifest`,
    );
  });
});

describe('compareFiles', () => {
  it('reads files, says what each is, and refuses what is no diff', async () => {
    const folder = await temporaryFolder();
    const paths = [join(folder, 'one.sdiff'), join(folder, 'two.sdiff')];
    const reports = await writeDiff(paths[0]!, first);
    await writeDiff(paths[1]!, second);
    expect(reports.length).toBeGreaterThan(0);
    const comparison = await compareFiles(paths, undefined);
    expect(comparison.diffs.map(({ name }) => name)).toEqual(['one', 'two']);
    expect(comparison.diffs[0]!.bytes).toBe((await readFile(paths[0]!)).length);
    expect(JSON.parse(JSON.stringify(comparison))).toMatchObject({
      overlaps: [{ first: 'one', second: 'two' }],
    });
    const text = comparisonText(comparison);
    expect(text).toMatch(/^one +mine +by hand/m);
    expect(text).toMatch(/^layer 0 +100% +85\.7%$/m);
    expect(text).toMatch(/^one +two +12 +0 +1 /m);
    const none = join(folder, 'none.sdiff');
    await writeFile(none, 'nothing');
    await expect(compareFiles([paths[0]!, none], undefined)).rejects.toThrow(none);
  });

  it('names files by what tells them from each other', () => {
    expect(shortNames(['runs/a.sdiff'])).toEqual(['a']);
    expect(shortNames(['runs/a.sdiff', 'b.sdiff'])).toEqual(['a', 'b']);
    expect(shortNames(['runs/1/sst2.sdiff', 'runs/2/sst2.sdiff'])).toEqual(['1', '2']);
    expect(shortNames(['x/1/a.sdiff', 'y/1/a.sdiff', 'y/1/b.sdiff'])).toEqual(['x/1/a', 'y/1/a', 'y/1/b']);
    expect(shortNames(['a.sdiff', 'a.sdiff'])).toEqual(['a', 'a']);
  });
});

it('numbers have three digits', () => {
  expect([0.005, 0, 1, 0.000123, NaN].map(percent)).toEqual(['0.500%', '0%', '100%', '0.0123%', '–']);
  expect([1234.5, 0.0123456, 12, 0, -3.14159, 2.5e-7, NaN].map(decimal)).toEqual([
    ...['1,235', '0.0123', '12.0', '0', '-3.14', '2.5e-7', '–'],
  ]);
});

describeChromium('the page of a comparison', (view) => {
  it.each(readers)('is read at $width pixels, $scheme', async (reader) => {
    const base = await readBase(await writeBase());
    const named = [first, second, pruned].map((diff, i) =>
      read(`a-method-with-a-long-name/seed-${i}`, {
        ...diff,
        manifest: { ...diff.manifest, task: '<b>mine' },
      }),
    );
    const html = await comparisonPage(analyseDiffs(named, base));
    expect(html).toContain('&lt;b&gt;mine');
    expect(html.match(/<svg/g)!.length).toBeGreaterThan(12);
    expect(await view(html, reader)).toEqual({ logged: [], requests: [], overflowing: [], illegible: [] });
  });
});
