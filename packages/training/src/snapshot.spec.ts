import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensorsFile } from '@diffprune/tensor-files/node';
import { loadSnapshot, saveSnapshot } from './snapshot-file.ts';
import { restore, SnapshotError, type Snapshot } from './snapshot.ts';

const snapshot = (arrays: Record<string, number[]>, stage = 'l0-training'): Snapshot => {
  const typed = Object.entries(arrays).map(([name, values]): [string, Float32Array | Uint32Array] => [
    name,
    name.endsWith('/positions') ? Uint32Array.from(values) : Float32Array.from(values),
  ]);
  return { stage, step: 3, arrays: new Map(typed) };
};

describe('restore', () => {
  it('copies each array to where the state has it', () => {
    const state = new Map([
      ['w', new Float32Array(3)],
      ['w/m', new Float32Array(2)],
    ]);
    restore(state, snapshot({ 'w/m': [1, 2], w: [3, 4, 5] }));
    expect(Object.fromEntries(state)).toEqual({ w: Float32Array.of(3, 4, 5), 'w/m': Float32Array.of(1, 2) });
  });

  it('names an array that is missing or of another length', () => {
    const state = new Map([['w', new Float32Array(3)]]);
    expect(() => restore(state, snapshot({}))).toThrow("the checkpoint's w has no entries, expected 3");
    expect(() => restore(state, snapshot({ w: [1] }))).toThrow(
      "the checkpoint's w has 1 entries, expected 3",
    );
    const wrong = { ...snapshot({}), arrays: new Map([['w', new Uint32Array(3)]]) };
    expect(() => restore(state, wrong)).toThrow("the checkpoint's w holds numbers of another type");
  });
});

describe('a snapshot in a file', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'snapshot-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is what was saved', async () => {
    const saved = snapshot(
      { 'w/positions': [1, 2 ** 32 - 1], 'w/delta': [0.5, -0], empty: [] },
      'fixed-mask',
    );
    await saveSnapshot(at('state'), saved);
    const { arrays, ...position } = (await loadSnapshot(at('state')))!;
    expect(position).toEqual({ stage: 'fixed-mask', step: 3 });
    expect([...arrays]).toEqual([...saved.arrays]);
    expect([...arrays.keys()]).toEqual([...saved.arrays.keys()]);
    expect([arrays.get('progress/fixed-mask'), arrays.get('none')]).toEqual([undefined, undefined]);
  });

  it('is refused where any bit of its values is another', async () => {
    const path = at('flipped');
    await saveSnapshot(path, snapshot({ 'w/positions': [1, 2], w: [0.5, 1] }, 'fixed-mask'));
    const whole = await readFile(path);
    const data = 8 + Number(whole.readBigUInt64LE());
    const readAll = async () => [...(await loadSnapshot(path))!.arrays];
    await readAll();
    for (let byte = data; byte < whole.length; byte++) {
      const damaged = Buffer.from(whole);
      damaged[byte]! ^= 1 << (byte % 8);
      await writeFile(path, damaged);
      await expect(readAll()).rejects.toThrow(SnapshotError);
    }
    await writeFile(path, whole.toString('latin1').replace('checksums', 'checksumz'), 'latin1');
    await expect(readAll()).rejects.toThrow(
      `${path}: the values of "progress/fixed-mask" are not those that were written`,
    );
  });

  it('is refused if it is none', async () => {
    expect(await loadSnapshot(at('none'))).toBeUndefined();
    await writeFile(at('broken'), 'text');
    await expect(loadSnapshot(at('broken'))).rejects.toThrow('it is cut short');
    await writeSafetensorsFile(at('weights'), new Map([['w', { shape: [1], data: Float32Array.of(1) }]]));
    await expect(loadSnapshot(at('weights'))).rejects.toThrow('it does not say where the run stands');
    await saveSnapshot(at('nowhere'), { stage: 'l0-training', step: -1, arrays: new Map() });
    await expect(loadSnapshot(at('nowhere'))).rejects.toThrow('it does not say where the run stands');
    const earlier = new Map([['progress', { shape: [2], data: Int32Array.of(0, 1) }]]);
    await writeSafetensorsFile(at('earlier'), earlier);
    await expect(loadSnapshot(at('earlier'))).rejects.toThrow('is a checkpoint of an earlier version');
  });
});
