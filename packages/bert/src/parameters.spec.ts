import { baseParameters, modelPart, parseConfig } from './architectures.ts';
import { type Head, headParameters, programParameters } from './heads.ts';
import { parameterSize, type ParameterRole } from './parameters.ts';

function bert(layers: number, hidden: number, heads: number) {
  return parseConfig({
    vocab_size: 30522,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: 4 * hidden,
    max_position_embeddings: 512,
    type_vocab_size: 2,
  });
}

it('modelPart tells a parameter of the base from one of a head, and which layer it is of', () => {
  const config = bert(12, 48, 12);
  for (const { name, kind, layer } of baseParameters(config)) {
    expect(modelPart(name)).toBe(layer === undefined ? kind : `layer ${layer}`);
  }
  const heads: Head[] = [{ kind: 'classification', labels: 2 }, { kind: 'span' }, { kind: 'pretraining' }];
  for (const head of heads) {
    for (const { name } of headParameters(config, head)) expect(modelPart(name)).toBe('head');
  }
  expect(['embeddings.x', 'bert.other.weight', 'bert.layer'].map(modelPart)).toEqual([
    'head',
    'head',
    'head',
  ]);
});

describe('baseParameters', () => {
  it.each([
    // Counts of the published models (https://github.com/google-research/bert; bert-large-uncased: 335,141,888).
    [2, 128, 2, 4_385_920],
    [12, 768, 12, 109_482_240],
    [24, 1024, 16, 335_141_888],
  ])('counts the parameters of %i layers of %i', (layers, hidden, heads, count) => {
    const sizes = baseParameters(bert(layers, hidden, heads)).map(parameterSize);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
  });

  it('names and describes them', () => {
    const parameters = baseParameters(bert(2, 128, 2));
    const find = (name: string) => parameters.find((parameter) => parameter.name === name);
    expect(new Set(parameters.map(({ name }) => name)).size).toBe(parameters.length);
    expect(find('bert.encoder.layer.1.output.dense.weight')).toEqual({
      name: 'bert.encoder.layer.1.output.dense.weight',
      shape: [128, 512],
      kind: 'layer',
      role: 'output',
      layer: 1,
      decay: true,
      initial: 'normal',
    });
    expect(find('bert.embeddings.LayerNorm.weight')).toMatchObject({ kind: 'embeddings', decay: false });
    expect(find('bert.pooler.dense.bias')).toMatchObject({ kind: 'pooler', decay: false });
  });

  it('gives each its role', () => {
    const parameters = baseParameters(bert(12, 768, 12));
    const count = (role: ParameterRole) =>
      parameters
        .filter((parameter) => parameter.role === role)
        .reduce((sum, each) => sum + parameterSize(each), 0);
    const square = 768 * 768 + 768;
    const wide = 768 * 3072;
    expect(count('word-embeddings')).toBe(30522 * 768);
    expect(count('position-embeddings')).toBe(512 * 768);
    expect(count('token-type-embeddings')).toBe(2 * 768);
    for (const role of ['query', 'key', 'value', 'attention-output'] as const) {
      expect(count(role)).toBe(12 * square);
    }
    expect(count('intermediate')).toBe(12 * (wide + 3072));
    expect(count('output')).toBe(12 * (wide + 768));
    expect(count('layer-norm')).toBe(25 * 2 * 768);
    expect(count('pooler')).toBe(square);
    for (const { name, role } of parameters) {
      if (/\.(query|key|value)\./.test(name)) expect(name).toContain(`.${role}.`);
    }
  });
});

describe('a base without a pooler', () => {
  const config = bert(2, 128, 2);
  const without = { ...config, pooler: false };
  const names = (specs: ReturnType<typeof baseParameters>) => specs.map(({ name }) => name).sort();

  it.each<Head>([
    ...[{ kind: 'classification', labels: 3 } as const, { kind: 'regression' } as const],
    ...[{ kind: 'pretraining' } as const, { kind: 'span' } as const, { kind: 'masked-lm' } as const],
  ])('leaves it to the head that reads it: $kind', (head) => {
    expect(names(programParameters(without, head))).toEqual(names(programParameters(config, head)));
    const pooler = names(baseParameters(config)).filter(
      (name) => !names(baseParameters(without)).includes(name),
    );
    expect(pooler).toEqual(['bert.pooler.dense.bias', 'bert.pooler.dense.weight']);
    const reads = programParameters(config, head).some(({ kind }) => kind === 'pooler');
    const own = headParameters(without, head).filter(({ name }) => pooler.includes(name));
    expect(own.map(({ kind, decay }) => [kind, decay])).toEqual(
      reads
        ? [
            ['head', true],
            ['head', false],
          ]
        : [],
    );
  });
});

describe('headParameters', () => {
  const config = bert(2, 128, 2);
  it('gives each head its tensors', () => {
    const shapes = (head: Parameters<typeof headParameters>[1]) =>
      Object.fromEntries(headParameters(config, head).map(({ name, shape }) => [name, shape]));
    expect(shapes({ kind: 'classification', labels: 3 })).toEqual({
      'classifier.weight': [3, 128],
      'classifier.bias': [3],
    });
    expect(shapes({ kind: 'regression' })).toEqual({ 'classifier.weight': [1, 128], 'classifier.bias': [1] });
    expect(shapes({ kind: 'span' })).toEqual({ 'qa_outputs.weight': [2, 128], 'qa_outputs.bias': [2] });
    expect(Object.keys(shapes({ kind: 'masked-lm' }))).toEqual([
      'cls.predictions.bias',
      'cls.predictions.transform.dense.weight',
      'cls.predictions.transform.dense.bias',
      'cls.predictions.transform.LayerNorm.weight',
      'cls.predictions.transform.LayerNorm.bias',
    ]);
  });

  it('refuses a classification of fewer than two labels', () => {
    expect(() => headParameters(config, { kind: 'classification', labels: 1 })).toThrow(RangeError);
  });

  it('leaves the pooler out of programs that do not read it', () => {
    const kinds = (kind: 'regression' | 'span') =>
      new Set(programParameters(config, { kind }).map((parameter) => parameter.kind));
    expect(kinds('regression')).toContain('pooler');
    expect(kinds('span')).not.toContain('pooler');
  });
});
