import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { random } from '@diffprune/testing/random';
import { decodeDiff } from './decode.ts';
import { encodeDiff } from './encode.ts';
import { createManifest } from './manifest.ts';
import { toSafetensors } from './safetensors.ts';
import { bases, diffOf, fingerprint, randomPositions } from './testing.ts';
import type { DiffTensor, SparseDiff, ValueCoding } from './types.ts';

/** The first Python that runs this: Debian's has Debian's packages, whichever comes first in the path. */
const pythonFor = (code: string): string | undefined =>
  ['python3', '/usr/bin/python3'].find((command) => spawnSync(command, ['-c', code]).status === 0);
const plain = pythonFor('');
const withNumpy = pythonFor('import numpy');
const withSafetensors = pythonFor('import safetensors.numpy');
const describeWith = (python: string | undefined) => (python ? describe : describe.skip);
const here = fileURLToPath(new URL('..', import.meta.url));

const next = random(11);
const tensor = (name: string): DiffTensor => {
  const positions = randomPositions(3000, 0.05, next);
  const values = Float32Array.from(positions, () => next() - 0.5);
  return { name, shape: [30, 100], operation: 'add', positions, values };
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparse-diff-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describeWith(plain)('a reader in Python, written from the README (python3)', () => {
  function readByPython(bytes: Uint8Array): unknown {
    const file = join(folder, 'a.sdiff');
    writeFileSync(file, bytes);
    return JSON.parse(execFileSync(plain!, [join(here, 'python/read_sdiff.py'), file], { encoding: 'utf8' }));
  }
  function expected({ manifest, tensors }: SparseDiff): unknown {
    const { base, ...rest } = manifest;
    const bits = (value: number) => {
      const view = new DataView(new ArrayBuffer(4));
      view.setFloat32(0, value);
      return view.getUint32(0).toString(16).padStart(8, '0');
    };
    return {
      manifest: { ...rest, ...base },
      tensors: tensors.map(({ positions, values, ...same }) => ({
        ...same,
        positions: [...positions],
        values: [...values].map(bits),
      })),
    };
  }

  it('finds what was written', () => {
    const diffs = fc.sample(bases.chain(diffOf), { numRuns: 12, seed: 5 });
    for (const diff of diffs) {
      // JSON has no infinities, no -0, and Python's floats may change a NaN's bits.
      const clean = (properties: Record<string, unknown>) =>
        Object.fromEntries(
          Object.entries(properties).map(([key, value]) => [key, typeof value === 'number' ? 1.5 : value]),
        ) as Record<string, number>;
      const { manifest } = diff;
      const written: SparseDiff = {
        manifest: {
          ...manifest,
          base: { ...manifest.base, architecture: clean(manifest.base.architecture) },
          metrics: clean(manifest.metrics),
          hyperparameters: clean(manifest.hyperparameters),
          producers: clean(manifest.producers),
          annotations: clean(manifest.annotations),
        },
        tensors: diff.tensors.map((tensor) => ({
          ...tensor,
          values: tensor.values.map((value) => (Number.isNaN(value) ? 3 : value)),
        })),
      };
      expect(readByPython(encodeDiff(written).bytes)).toEqual(expected(written));
    }
  });

  it('unpacks every value coding to the same numbers', () => {
    const codings: ValueCoding[] = ['fp32', 'fp16', 'bf16', 'int8', 'int4', 'sign'];
    const tiny = tensor('tiny');
    const diff: SparseDiff = {
      manifest: createManifest({ base: { fingerprint } }),
      tensors: [...codings.map(tensor), { ...tiny, values: tiny.values.map((value) => value * 1e-8) }],
    };
    const { bytes, tensors } = encodeDiff(diff, {
      values: ({ name }) => (name === 'tiny' ? 'fp16' : (name as ValueCoding)),
    });
    expect(tensors.map(({ valueCoding }) => valueCoding)).toEqual([...codings, 'scaledFp16']);
    expect(readByPython(bytes)).toEqual(expected(decodeDiff(bytes)));
  });
});

describeWith(withNumpy)('the README’s three lines of Python (numpy)', () => {
  it('read an exported diff and apply it', async () => {
    const lines = /```python\n([\s\S]*?)```/.exec(await readFile(join(here, 'README.md'), 'utf8'))![1]!;
    expect(lines.trim().split('\n')).toHaveLength(3);
    const diff: SparseDiff = {
      manifest: createManifest({ base: { fingerprint }, task: 'sst2' }),
      tensors: [
        tensor('w'),
        {
          name: 'zero',
          shape: [4],
          operation: 'zero',
          positions: Uint32Array.of(1),
          values: new Float32Array(0),
        },
        {
          name: 'head',
          shape: [2, 1],
          operation: 'replace-dense',
          positions: new Uint32Array(0),
          values: Float32Array.of(1, 2),
        },
      ],
    };
    writeFileSync(join(folder, 'sst2.safetensors'), toSafetensors(diff));
    const program = `${lines}
base = np.zeros((30, 100), np.float32)
base.reshape(-1)[diff["w.positions"]] += diff["w.values"]
meta = header["__metadata__"]
print(json.dumps([base.reshape(-1).astype(float).tolist(), diff["head"].tolist(), diff["zero.positions"].tolist(),
    json.loads(meta["tensors"]), json.loads(meta["manifest"])["task"]]))`;
    const output = execFileSync(withNumpy!, ['-c', program], { encoding: 'utf8', cwd: folder });
    const dense = new Float32Array(3000);
    const { positions, values } = diff.tensors[0]!;
    positions.forEach((position, i) => (dense[position] = values[i]!));
    expect(JSON.parse(output)).toEqual([
      [...dense],
      [[1], [2]],
      [1],
      {
        w: { operation: 'add', shape: [30, 100] },
        zero: { operation: 'zero', shape: [4] },
        head: { operation: 'replace-dense', shape: [2, 1] },
      },
      'sst2',
    ]);
  });
});

describeWith(withSafetensors)('the safetensors library for Python', () => {
  it('reads an exported diff', () => {
    const diff = { manifest: createManifest({ base: { fingerprint } }), tensors: [tensor('w')] };
    const file = join(folder, 'b.safetensors');
    writeFileSync(file, toSafetensors(diff));
    const program = `
import json, sys
from safetensors.numpy import load_file
diff = load_file(sys.argv[1])
print(json.dumps([diff["w.positions"].tolist(), diff["w.values"].astype(float).tolist()]))`;
    const output = execFileSync(withSafetensors!, ['-c', program, file], { encoding: 'utf8' });
    const { positions, values } = diff.tensors[0]!;
    expect(JSON.parse(output)).toEqual([[...positions], [...values]]);
  });
});
