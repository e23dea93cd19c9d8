import { changesByGroup, unchangedGroups } from './changes.ts';
import { changedEntries, countCommon, countEntries, differingEntries, zeroedEntries } from './entry-set.ts';
import { byLayer, byModule, byTensor, type PlacedParameter, type TensorChange } from './parameters.ts';

const layer = (index: number, role: string, shape: number[], name = `${role}.${index}`): PlacedParameter => ({
  name,
  shape,
  kind: 'layer',
  role,
  layer: index,
});
const parameters: PlacedParameter[] = [
  { name: 'words', shape: [10, 4], kind: 'embeddings', role: 'word-embeddings' },
  { name: 'embedding norm', shape: [4], kind: 'embeddings', role: 'layer-norm' },
  ...[0, 1].flatMap((index) => [
    layer(index, 'query', [4, 4]),
    layer(index, 'query', [4], `query bias.${index}`),
    layer(index, 'attention-output', [4, 4]),
    layer(index, 'layer-norm', [4]),
  ]),
  { name: 'pooler', shape: [4, 4], kind: 'pooler', role: 'pooler' },
];
const change = (
  name: string,
  operation: TensorChange['operation'],
  positions: number[],
  values: number[],
): TensorChange => ({
  name,
  shape: parameters.find((each) => each.name === name)?.shape ?? [2, 4],
  operation,
  positions: Uint32Array.from(positions),
  values: Float32Array.from(values),
});
const changes = [
  change('words', 'add', [0, 7, 39], [1, 0, -0]),
  change('query.0', 'add', [1, 2, 3], [1, 2, 3]),
  change('query bias.0', 'set', [0, 1], [0, 5]),
  change('attention-output.0', 'replace-sparse', [4, 5, 6, 9], [1, 0, 1, 1]),
  change('query.1', 'zero', [0, 15], []),
  change('pooler', 'replace-dense', [], new Array(16).fill(0).fill(1, 4)),
  change('classifier', 'replace-dense', [], new Array(8).fill(1)),
];

describe('changesByGroup', () => {
  const shown = (grouping: (parameter: PlacedParameter) => string) =>
    changesByGroup(parameters, changes, grouping).map(
      ({ group, parameters, changed, addsZero, zeroed, share }) =>
        [group, parameters, changed, addsZero, zeroed, Number((share * 28).toFixed(9))] as const,
    );

  it('counts what each operation does, by layer; a head is left out', () => {
    expect(shown(byLayer)).toEqual([
      ['embeddings', 44, 1, 2, 0, 1],
      ['layer 0', 40, 9, 0, 14, 9],
      ['layer 1', 40, 2, 0, 2, 2],
      ['pooler', 16, 16, 0, 4, 16],
    ]);
  });

  it('counts by module, embeddings as one', () => {
    expect(shown(byModule).map(([group, all, changed]) => [group, all, changed])).toEqual([
      ['embeddings', 44, 1],
      ['query', 40, 7],
      ['attention output', 32, 4],
      ['layer norm', 8, 0],
      ['pooler', 16, 16],
    ]);
  });

  it('gives density and sparsity of a group, and shares of nothing as 0', () => {
    const [, , output] = changesByGroup(parameters, changes, byTensor).filter(({ changed }) => changed > 1);
    expect(output).toMatchObject({ group: 'attention-output.0', density: 4 / 16, sparsity: 13 / 16 });
    expect(changesByGroup(parameters, [], byLayer).map(({ share }) => share)).toEqual([0, 0, 0, 0]);
  });

  it('refuses a tensor of another shape than its parameter', () => {
    const other = { ...changes[0]!, shape: [4, 10] };
    expect(() => changesByGroup(parameters, [other], byLayer)).toThrow(
      'words is [4, 10] in the diff, [10, 4] in the base',
    );
  });
});

it('unchangedGroups names matrices and vectors in which nothing changes, positions that add 0 among them', () => {
  const onlyZeros = changes.map((each) =>
    each.name === 'words' ? { ...each, values: new Float32Array(3) } : each,
  );
  const { groups, unchanged } = unchangedGroups(parameters, onlyZeros);
  expect(groups).toBe(11);
  expect(unchanged).toEqual([
    'words',
    'embedding norm',
    'layer-norm.0',
    'query bias.1',
    'attention-output.1',
    'layer-norm.1',
  ]);
});

describe('sets of entries', () => {
  const sets = changes.slice(0, 6).flatMap((each) => [changedEntries(each), zeroedEntries(each)]);
  const members = ({ size, positions, inverted }: (typeof sets)[number]) =>
    Array.from({ length: size }, (_, i) => i).filter((i) => positions.includes(i) !== inverted);

  it('are counted, and what two of them share, as their members are', () => {
    const matrices = sets.filter(({ size }) => size === 16);
    expect(matrices).toHaveLength(8);
    for (const one of matrices) {
      expect(countEntries(one)).toBe(members(one).length);
      for (const other of matrices) {
        const both = members(one).filter((i) => members(other).includes(i));
        expect(countCommon(one, other)).toBe(both.length);
      }
    }
    expect(() => countCommon(sets[0]!, matrices[0]!)).toThrow('tensors of 40 and of 16 entries');
  });

  it('are where two tensors differ', () => {
    const [one, other] = [Float32Array.of(1, 2, 0, -0), Float32Array.of(1, 3, 0, 0)];
    expect(members(differingEntries(one, other))).toEqual([1]);
  });
});
