import { createEngine, valueAndGradients, type TensorData, type TensorSpec } from '@diffprune/engine';
import * as tf from '@tensorflow/tfjs';
import { parseConfig } from './architectures.ts';
import type { EncoderConfig } from './architecture.ts';
import { type Head, programParameters } from './heads.ts';
import { predictFunction, predictInputs, trainFunction, trainInputs } from './program.ts';
import { initializeParameters } from './initialize.ts';
import { largestDifference, norm } from './spec-numbers.ts';

function tinyConfig(layers: number, hidden: number, heads: number, more: object = {}): EncoderConfig {
  return parseConfig({
    vocab_size: 11,
    hidden_size: hidden,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: 4 * hidden,
    max_position_embeddings: 16,
    type_vocab_size: 2,
    ...more,
  });
}

function random(config: EncoderConfig, head: Head): Record<string, TensorData> {
  return Object.fromEntries(
    initializeParameters(programParameters(config, head), { initializerRange: 0.3 }, 5),
  );
}

describe('a random model', () => {
  const config = tinyConfig(2, 8, 2);
  const [batch, length] = [3, 5];
  const tokens = {
    input_ids: Int32Array.of(2, 4, 5, 3, 0, 2, 6, 7, 8, 3, 2, 9, 3, 0, 0),
    token_type_ids: Int32Array.of(0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    attention_mask: Int32Array.of(1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0),
  };

  async function run(
    provider: string,
    fn: ReturnType<typeof trainFunction>,
    specs: Record<string, TensorSpec>,
    inputs: Record<string, TensorData>,
  ) {
    const program = await (await createEngine(provider)).compile(fn, specs);
    const given = Object.fromEntries(Object.keys(specs).map((name) => [name, inputs[name]!]));
    const outputs = await program.run(given);
    await program.dispose();
    return outputs;
  }

  it.each(['tfjs-cpu', 'cpu'])(
    'with one token type is the one whose texts are all of type 0 (%s)',
    async (engine) => {
      const head: Head = { kind: 'regression' };
      const one = tinyConfig(1, 8, 2, {
        type_vocab_size: 1,
        hidden_dropout_prob: 0,
        attention_probs_dropout_prob: 0,
      });
      const two = { ...one, typeVocabSize: 2 };
      const table = 'bert.embeddings.token_type_embeddings.weight';
      const both = random(two, head);
      const inputs = {
        ...tokens,
        token_type_ids: new Int32Array(15),
        labels: Float32Array.of(1, -1, 0),
        example_weights: Float32Array.of(1, 1, 1),
      };
      const outputs = await Promise.all(
        [one, two].map(async (config) => {
          const names = programParameters(config, head).map(({ name }) => name);
          const values = { ...both, [table]: both[table]!.subarray(0, 8 * config.typeVocabSize) };
          const step = valueAndGradients(trainFunction(config, head), names);
          return run(engine, step, trainInputs(config, head, { batch, length }), { ...values, ...inputs });
        }),
      );
      for (const [name, expected] of Object.entries(outputs[1]!)) {
        const found = outputs[0]![name]!;
        expect(largestDifference(found, expected.subarray(0, found.length))).toBeLessThan(1e-6);
      }
      expect(norm(Object.entries(outputs[0]!).find(([name]) => name.includes(table))![1])).toBeGreaterThan(0);
    },
  );

  it('does not see padding', async () => {
    const head: Head = { kind: 'regression' };
    const inputs = { ...random(config, head), ...tokens };
    const specs = predictInputs(config, head, { batch, length });
    const before = await run('tfjs-cpu', predictFunction(config, head), specs, inputs);
    const ids = tokens.input_ids.map((id, i) => (tokens.attention_mask[i] ? id : 10));
    const after = await run('tfjs-cpu', predictFunction(config, head), specs, { ...inputs, input_ids: ids });
    expect(after['logits']).toEqual(before['logits']);
  });

  it.each<[Head, Record<string, TensorData>]>([
    [
      { kind: 'classification', labels: 2 },
      { labels: Int32Array.of(1, 0, 1), example_weights: Float32Array.of(1, 1, 0) },
    ],
    [
      { kind: 'regression' },
      { labels: Float32Array.of(2.5, 0, 9), example_weights: Float32Array.of(1, 1, 0) },
    ],
    [
      { kind: 'span' },
      {
        start_positions: Int32Array.of(1, 9, 0),
        end_positions: Int32Array.of(2, -1, 0),
        example_weights: Float32Array.of(1, 1, 0),
      },
    ],
    [
      { kind: 'masked-lm' },
      {
        masked_positions: Int32Array.of(1, 2, 3, 4, 1, 0),
        labels: Int32Array.of(4, 5, 6, 7, 8, 0),
        label_weights: Float32Array.of(1, 1, 1, 1, 1, 0),
      },
    ],
    [
      { kind: 'pretraining' },
      {
        masked_positions: Int32Array.of(1, 2, 3, 4, 1, 0),
        labels: Int32Array.of(4, 5, 6, 7, 8, 0),
        label_weights: Float32Array.of(1, 1, 1, 1, 1, 0),
        next_sentence_labels: Int32Array.of(1, 0, 0),
        example_weights: Float32Array.of(1, 1, 0),
      },
    ],
  ])('has the gradient of finite differences, with dropout and %j', async (head, labels) => {
    for (const activation of ['gelu', 'gelu_new', 'relu']) {
      const model = tinyConfig(2, 8, 2, { hidden_act: activation, classifier_dropout: 0.5 });
      const shape = { batch, length, ...('masked_positions' in labels && { predictions: 2 }) };
      const specs = trainInputs(model, head, shape);
      const names = programParameters(model, head).map(({ name }) => name);
      const inputs: Record<string, TensorData> = { ...random(model, head), ...tokens, ...labels };
      for (const [name, { shape }] of Object.entries(specs)) {
        const size = shape.reduce((product, n) => product * n, 1);
        inputs[name] ??= Float32Array.from({ length: size }, (_, i) => (i % 7 === 3 ? 0 : 7 / 6));
      }
      const step = valueAndGradients(trainFunction(model, head), names);
      const program = await (await createEngine('cpu')).compile(step, specs);
      const given = () => Object.fromEntries(Object.keys(specs).map((name) => [name, inputs[name]!]));
      const outputs = await program.run(given());
      const eager = await run('tfjs-cpu', step, specs, inputs);
      expect(Object.keys(outputs).sort()).toEqual(Object.keys(eager).sort());
      for (const name of Object.keys(eager)) {
        expect(largestDifference(outputs[name]!, eager[name]!)).toBeLessThan(2e-5);
      }
      // Along the gradient itself: (L(θ + hg) − L(θ − hg)) / 2h = ‖g‖² for each parameter.
      for (const name of names) {
        const gradient = outputs[`gradient/${name}`]!;
        const squared = norm(gradient) ** 2;
        const h = 3e-3 / Math.max(norm(gradient), 1e-2);
        const original = inputs[name]!;
        const loss = async (sign: number) => {
          inputs[name] = Float32Array.from(original, (x, i) => x + sign * h * gradient[i]!);
          return (await program.run(given()))['loss']![0]!;
        };
        const slope = ((await loss(1)) - (await loss(-1))) / (2 * h);
        inputs[name] = original;
        expect([name, Math.abs(slope - squared) / Math.max(squared, 1e-2)]).toEqual([
          name,
          expect.closeTo(0, 1),
        ]);
      }
      await program.dispose();
    }
  });

  it('names a tensor that is missing', () => {
    expect(() => predictFunction(config, { kind: 'span' })({ input_ids: tf.zeros([1, 2], 'int32') })).toThrow(
      'the model needs a tensor named "bert.embeddings.word_embeddings.weight"',
    );
  });
});
