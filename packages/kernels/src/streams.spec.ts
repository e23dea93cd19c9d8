import * as fc from 'fast-check';
import { finalSampleStep, initialValuesStream, KernelError, streamKey, streamOf } from './index.ts';
import { streamRanges } from './streams.ts';

type Name = keyof typeof streamRanges;
const names = Object.keys(streamRanges) as Name[];

it('no two streams overlap, and every one makes a key', () => {
  const ranges = names.map((name) => streamRanges[name]).sort((a, b) => a.first - b.first);
  let end = 0;
  for (const { first, count } of ranges) {
    expect(count).toBeGreaterThan(0);
    expect(first).toBeGreaterThanOrEqual(end);
    end = first + count;
  }
  expect(() => streamKey(0, finalSampleStep, end - 1)).not.toThrow();
});

it('a number belongs to one stream', () => {
  const drawn = fc.constantFrom(...names).chain((name) => {
    const index = fc.maxSafeNat().map((n) => n % streamRanges[name].count);
    return fc.record({ name: fc.constant(name), index });
  });
  fc.assert(
    fc.property(drawn, drawn, (a, b) => {
      const same = a.name === b.name && a.index === b.index;
      expect(streamOf(a.name, a.index) === streamOf(b.name, b.index)).toBe(same);
    }),
  );
});

it('streams keep their numbers, from which runs repeat', () => {
  expect([streamOf('elementGates', 7), streamOf('groupGates'), streamOf('dropout', 3)]).toEqual([
    7,
    2 ** 20 - 1,
    2 ** 20 + 3,
  ]);
  expect(['pretrainingOrder', 'tokenMasks', 'sentencePairs'].map((name) => streamOf(name as Name))).toEqual([
    2 ** 32 - 1,
    2 ** 32,
    2 ** 33,
  ]);
  // the published test vectors of FNV-1a
  expect(initialValuesStream('')).toBe(0x811c9dc5);
  expect(initialValuesStream('a')).toBe(0xe40c292c);
  expect(initialValuesStream('foobar')).toBe(0xbf9cf968);
});

it('every name of a parameter has a stream of its kind', () => {
  const { first, count } = streamRanges.initialValues;
  fc.assert(
    fc.property(fc.string(), (name) => {
      const stream = initialValuesStream(name);
      expect(stream).toBeGreaterThanOrEqual(first);
      expect(stream).toBeLessThan(first + count);
    }),
  );
  // its hash is 1834471, a number of other streams
  expect(initialValuesStream('parameter 4742')).toBe(initialValuesStream('parameter 4742\0'));
});

it('refuses a stream that is not there', () => {
  expect(() => streamOf('groupGates', 1)).toThrow(
    'streamOf: groupGates 1, expected a whole number from 0 to 0',
  );
  for (const bad of [-1, 0.5, 2 ** 20]) expect(() => streamOf('dropout', bad)).toThrow(KernelError);
});
