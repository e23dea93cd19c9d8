import {
  adapterParameters,
  baseParameters,
  createAdapters,
  headParameters,
  serializeConfig,
} from '@diffprune/bert';
import {
  createManifest,
  WrongBaseError,
  type DiffTensor,
  type Properties,
  type SparseDiff,
} from '@diffprune/sparse-diff';
import { countArrays } from '@diffprune/testing/count-arrays';
import { trainedLength } from './answer-kinds.ts';
import { checkFit } from './diff-fit.ts';
import { DiffFitError } from './errors.ts';
import { config } from './tiny-model.fixture.ts';

const [fingerprint, tokenizerFingerprint] = ['a'.repeat(64), 'b'.repeat(64)];
const tensors = new Map(baseParameters(config).map(({ name, shape }) => [name, { shape }]));
const base = { config, tensors, fingerprint, tokenizerFingerprint, parameters: 4000 };
const head = { kind: 'classification', labels: 2 } as const;

function dense(name: string, shape: readonly number[]): DiffTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const positions = new Uint32Array();
  return { name, shape, operation: 'replace-dense', positions, values: new Float32Array(size) };
}

function diff(manifest: Partial<Parameters<typeof createManifest>[0]>, tensors: DiffTensor[]): SparseDiff {
  const usual = { base: { fingerprint }, task: 't', head: 'classification', labels: ['no', 'yes'] };
  return { manifest: createManifest({ ...usual, ...manifest }), tensors };
}

const whole = headParameters(config, head).map(({ name, shape }) => dense(name, shape));

describe('checkFit', () => {
  it('gives the head of a diff that fits', () => {
    const pooler = dense('bert.pooler.dense.bias', [16]);
    expect(checkFit(base, diff({ tokenizer: tokenizerFingerprint }, [...whole, pooler]))).toEqual({
      config,
      head,
    });
    const regression = checkFit(
      base,
      diff(
        { head: 'regression', labels: [] },
        headParameters(config, { kind: 'regression' }).map(({ name, shape }) => dense(name, shape)),
      ),
    );
    expect(regression.head.kind).toBe('regression');
  });

  it('refuses another base or tokenizer', () => {
    const foreign = diff({ base: { fingerprint: 'c'.repeat(64) } }, whole);
    expect(() => checkFit(base, foreign)).toThrow(WrongBaseError);
    const reworded = diff({ tokenizer: 'd'.repeat(64) }, whole);
    expect(() => checkFit(base, reworded)).toThrow(
      /trained with tokenizer d+, but the base's folder has b+; restore/,
    );
  });

  it('refuses another configuration of the same weights, by its key', () => {
    const architecture = { ...serializeConfig(config), hidden_dropout_prob: 0.5, note: 'mine' } as Properties;
    const made = (change: Properties) =>
      diff({ base: { fingerprint, architecture: { ...architecture, ...change } } }, whole);
    expect(checkFit(base, made({})).head).toEqual(head);
    const changes: Properties[] = [
      ...[{ hidden_act: 'relu' }, { layer_norm_eps: 1e-5 }, { num_attention_heads: 4 }],
      ...[{ position_embedding_type: 'relative_key' }, { is_decoder: true }],
    ];
    for (const change of changes) {
      const [[key, value]] = Object.entries(change) as [[string, unknown]];
      expect(() => checkFit(base, made(change))).toThrow(DiffFitError);
      expect(() => checkFit(base, made(change))).toThrow(
        `the diff was trained on a base whose config.json has "${key}" ${JSON.stringify(value)}, this one's has `,
      );
    }
  });

  it.each<[string, Partial<Parameters<typeof createManifest>[0]>, DiffTensor[]]>([
    ['the diff has head "masked-lm"', { head: 'masked-lm', labels: [] }, whole],
    ['the diff lacks qa_outputs.weight', { head: 'span', labels: [] }, []],
    [
      "the diff's settings cannot be used: docStride is 0.5, expected an integer",
      { head: 'span', labels: [], hyperparameters: { docStride: 0.5 } },
      [],
    ],
    ['a classification head with 1 labels', { labels: ['one'] }, whole],
    ['the diff lacks classifier.weight', {}, whole.slice(1)],
    ['should have shape [2]', {}, [whole[0]!, dense('classifier.bias', [3])]],
    ['should have shape [3, 16]', { labels: ['a', 'b', 'c'] }, whole],
    ['adapter.bias of shape [2] is not part', {}, [...whole, dense('adapter.bias', [2])]],
    // a head that comes twice: the second is one too many
    ['classifier.bias of shape [2] is not part', {}, [...whole, whole[1]!]],
  ])('refuses a diff that does not fit: %s', (message, manifest, tensors) => {
    expect(() => checkFit(base, diff(manifest, tensors))).toThrow(DiffFitError);
    expect(() => checkFit(base, diff(manifest, tensors))).toThrow(message);
  });
});

describe('a diff with adapters', () => {
  const adapters = createAdapters('houlsby', 3, 'gelu_new');
  const own = adapterParameters({ ...config, adapters }).map(({ name, shape }) => dense(name, shape));
  const first = 'bert.encoder.layer.0.attention.output.adapter_down.weight';

  it('describes a model that has them', () => {
    const model = checkFit(base, diff({ adapters }, [...own, ...whole]));
    expect(model).toEqual({ config: { ...config, adapters }, head });
    expect(own[0]!.name).toBe(first);
  });

  it.each<[string, Partial<Parameters<typeof createManifest>[0]>, DiffTensor[]]>([
    [`${first} of shape [3, 16] is not part of this model`, {}, [...own, ...whole]],
    [`the diff lacks ${first}`, { adapters }, [...own.slice(1), ...whole]],
    [
      `the diff lacks ${own
        .slice(0, 4)
        .map(({ name }) => name)
        .join(', ')} and 12 more`,
      { adapters },
      whole,
    ],
    [
      `${first} of shape [3, 16] should have shape [4, 16]`,
      { adapters: { ...adapters, bottleneck: 4 } },
      own,
    ],
    [`should have shape [${2 ** 31 - 1}, 16]`, { adapters: { ...adapters, bottleneck: 2 ** 31 - 1 } }, own],
    ['kind "pfeiffer"', { adapters: { ...adapters, kind: 'pfeiffer' } }, own],
    ['non-linearity "swish"', { adapters: { ...adapters, nonLinearity: 'swish' } }, own],
    [
      'adapter_gate.weight of shape [1, 16] is not part',
      { adapters },
      [...own, dense('adapter_gate.weight', [1, 16])],
    ],
  ])('is refused where they do not fit: %s', (message, manifest, tensors) => {
    const given = diff(manifest, tensors);
    const { made, restore } = countArrays();
    try {
      expect(() => checkFit(base, given)).toThrow(DiffFitError);
      expect(() => checkFit(base, given)).toThrow(message);
    } finally {
      restore();
    }
    expect(made.bytes).toBeLessThan(10_000);
  });
});

describe('trainedLength', () => {
  const model = { ...config, positions: 512 };
  const length = (hyperparameters: Record<string, number | string>) =>
    trainedLength(diff({ hyperparameters }, []).manifest, model);

  it("is the training's, else BERT's usual one, at most the model's positions", () => {
    expect([length({ maxLength: 64 }), length({}), length({ maxLength: 4096 })]).toEqual([64, 128, 512]);
    expect(trainedLength(diff({}, []).manifest, config)).toBe(24);
  });

  it.each([0, -8, 1.5, '64'])('refuses %p', (maxLength) => {
    expect(() => length({ maxLength })).toThrow(`the diff's maxLength is ${maxLength}, expected a whole`);
  });
});
