import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  createEngine,
  valueAndGradients,
  type Engine,
  type TensorData,
  type TensorSpec,
} from '@diffprune/engine';
import type { StoredTensor } from '@diffprune/tensor-files';
import { readSafetensorsFile } from '@diffprune/tensor-files/node';
import { itShared } from '@diffprune/testing';
import * as tf from '@tensorflow/tfjs';
import { encode, parseConfig, pool } from './architectures.ts';
import type { EncoderConfig } from './architecture.ts';
import { bert, encodeEmbedded } from './bert.ts';
import { classification } from './classification-head.ts';
import { type Head, programParameters } from './heads.ts';
import { trainFunction, trainInputs } from './program.ts';
import { largestDifference, norm, relativeError, toTensors } from './spec-numbers.ts';

// What Hugging Face transformers makes of a random model: see fixtures/make-reference-fixtures.py.
const folder = fileURLToPath(new URL('fixtures/reference', import.meta.url));
const heads: Head[] = [
  { kind: 'classification', labels: 3 },
  { kind: 'regression' },
  { kind: 'span' },
  { kind: 'masked-lm' },
  { kind: 'pretraining' },
];

interface Reference {
  readonly config: EncoderConfig;
  /** The model's parameters, the batch and what came of it. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly batch: number;
  readonly length: number;
}

async function readReference(activation: string): Promise<Reference> {
  const json = JSON.parse(await readFile(`${folder}/config.json`, 'utf8')) as object;
  const weights = await readSafetensorsFile(`${folder}/model.safetensors`);
  const found = await readSafetensorsFile(`${folder}/${activation}.safetensors`);
  const [batch, length] = found.get('input_ids')!.shape as [number, number];
  const config = parseConfig({ ...json, hidden_act: activation });
  return { config, tensors: new Map([...weights, ...found]), batch, length };
}

beforeAll(() => createEngine('tfjs-cpu'));

describe.each(['gelu', 'gelu_new', 'relu'])('transformers with %s', (activation) => {
  it('is reproduced by encode and pool', async () => {
    const { config, tensors, batch, length } = await readReference(activation);
    const expected = (name: string) => tensors.get(`encoder.${name}`)!.data;
    const inputs = toTensors(tensors);
    const states = encode(inputs, inputs, config);
    expect(states.shape).toEqual([batch, length, 12]);
    expect(largestDifference(states.dataSync(), expected('sequence_output'))).toBeLessThan(1e-5);
    expect(
      largestDifference(pool(inputs, states, config).dataSync(), expected('pooled_output')),
    ).toBeLessThan(1e-5);
    const first = encode(inputs, inputs, config, { tokens: 'first' });
    expect(first.shape).toEqual([batch, 1, 12]);
    expect(largestDifference(pool(inputs, first, config).dataSync(), expected('pooled_output'))).toBeLessThan(
      1e-5,
    );
  });

  describe.each(['tfjs-cpu', 'cpu'])('on the engine %s', (provider) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await createEngine(provider, { threads: 2 });
    });

    const known = heads.filter(({ kind }) => activation === 'gelu' || kind === 'classification');
    it.each(known)('is reproduced in $kind: outputs, loss and every gradient', async (head) => {
      const { config, tensors, batch, length } = await readReference(activation);
      const expected = (name: string) => {
        const found = tensors.get(`${head.kind}.${name}`)?.data;
        if (!found) throw new Error(`the fixture has no ${head.kind}.${name}`);
        return found;
      };
      const specs = trainInputs(config, head, { batch, length, predictions: 3 });
      const names = programParameters(config, head).map(({ name }) => name);
      const program = await engine.compile(valueAndGradients(trainFunction(config, head), names), specs);
      const outputs = await program.run(values(specs, tensors, head));
      await program.dispose();

      expect(Object.keys(outputs).sort()).toEqual(expectedOutputs(tensors, head));
      const gradients = names.map((name) => `gradient/${name}`);
      for (const name of Object.keys(outputs).filter((name) => !gradients.includes(name))) {
        expect([name, largestDifference(outputs[name]!, expected(name))]).toEqual([
          name,
          expect.closeTo(0, 4),
        ]);
      }
      const errors = gradients.map((name): [string, number] => [
        name,
        gradientError(outputs[name]!, expected(name)),
      ]);
      expect(errors.filter(([, error]) => !(error < 1e-4))).toEqual([]);
    });
  });
});

/** Values of a program's inputs: a head's own where it has them, else the model's and the batch's. */
function values(
  specs: Record<string, TensorSpec>,
  tensors: Reference['tensors'],
  { kind }: Head,
): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => {
      const data = (tensors.get(`${kind}.${name}`) ?? tensors.get(name))?.data as TensorData | undefined;
      if (data) return [name, data];
      if (name === 'example_weights') return [name, new Float32Array(shape[0]!).fill(1)];
      throw new Error(`the fixture has no ${name}`);
    }),
  );
}

/** The names of all that the fixture has of a head, but for its inputs. */
function expectedOutputs(tensors: Reference['tensors'], { kind }: Head): string[] {
  return [...tensors.keys()]
    .filter((name) => name.startsWith(`${kind}.`))
    .map((name) => name.slice(kind.length + 1))
    .filter((name) => /^(loss|gradient\/.*|.*logits)$/.test(name))
    .sort();
}

/** The relative error; but some gradients are 0, since a softmax does not change when all its scores move alike. */
function gradientError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  return norm(expected) > 1e-10 ? relativeError(found, expected) : 10 * norm(found);
}

describe('a real BERT-tiny, fine-tuned on SST-2', () => {
  itShared('fixtures/bert-tiny-sst2', 'gives the published logits', async (folder) => {
    const stored = await readSafetensorsFile(`${folder}/encoder.safetensors`);
    const parameters = toTensors(stored);
    const embedded = parameters['fixture.embedding_output'] as tf.Tensor3D;
    const sizes = {
      vocab_size: 30522,
      hidden_size: 128,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 512,
      max_position_embeddings: 512,
      type_vocab_size: 2,
    };
    const config = bert.parseConfig(sizes);
    const states = encodeEmbedded(parameters, embedded, tf.ones([1, 10], 'int32'), config);
    const encoded = { states, pool: () => pool(parameters, states, config), drop: (x: tf.Tensor2D) => x };
    const head = classification.create(2);
    const [negative, positive] = classification
      .outputs(encoded, parameters, config, head)
      ['logits']!.dataSync();
    expect(Math.abs(negative! - 1.1193)).toBeLessThan(2e-3);
    expect(Math.abs(positive! + 0.6809)).toBeLessThan(2e-3);
  });
});
