import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { encodeDiff } from './encode.ts';
import { bases, diffOf } from './testing.ts';

const schema = protobuf.loadSync(fileURLToPath(new URL('../proto/sparse-diff.proto', import.meta.url)));
const SparseDiff = schema.lookupType('diffprune.SparseDiff');

describe('the .proto file', () => {
  it('describes what is written: protobufjs reads every field, and writes the same bytes', () => {
    fc.assert(
      fc.property(bases.chain(diffOf), (diff) => {
        const body = encodeDiff(diff).bytes.subarray(8);
        const message = SparseDiff.decode(body);
        expect(SparseDiff.verify(message)).toBe(null);
        expect(message).not.toHaveProperty('$unknowns');
        expect(new Uint8Array(SparseDiff.encode(message).finish())).toEqual(body);
        const { manifest, tensors } = SparseDiff.toObject(message, { arrays: true, defaults: true });
        expect(manifest).toMatchObject({ task: diff.manifest.task, labels: diff.manifest.labels });
        expect(
          tensors.map(({ name, shape, count }: Record<string, unknown>) => ({ name, shape, count })),
        ).toEqual(
          diff.tensors.map(({ name, shape, positions }) => ({
            name,
            shape: [...shape],
            count: positions.length,
          })),
        );
      }),
    );
  });
});
