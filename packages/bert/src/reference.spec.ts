import { readFile } from 'node:fs/promises';
import {
  createEngine,
  valueAndGradients,
  type Engine,
  type TensorData,
  type TensorSpec,
} from '@diffprune/engine';
import { describeShared, sharedPath } from '@diffprune/testing';
import * as tf from '@tensorflow/tfjs';
import { parseConfig, type BertConfig } from './config.ts';
import { classificationLogits } from './heads.ts';
import { predictInputs, trainInputs } from './inputs.ts';
import { encode, encodeEmbedded, pool } from './model.ts';
import { programParameters, type Head } from './parameters.ts';
import { predictFunction, trainFunction } from './program.ts';
import { readSafetensorsFile } from './safetensors-file.ts';
import type { StoredTensor } from './safetensors.ts';
import { largestDifference, norm, relativeError, toTensors } from './spec-numbers.ts';

type Stored = Map<string, StoredTensor>;

beforeAll(() => createEngine('tfjs-cpu'));

describeShared('fixtures/bert-reference', 'the PyTorch reference', () => {
  const folder = sharedPath('fixtures/bert-reference');
  const [batch, length] = [4, 32];
  let config: BertConfig;
  let weights: Stored;
  let reference: Stored;

  beforeAll(async () => {
    const json = JSON.parse(await readFile(`${folder}/config.json`, 'utf8')) as object;
    // Without dropout, as the reference was run.
    config = parseConfig({ ...json, hidden_dropout_prob: 0, attention_probs_dropout_prob: 0 });
    weights = await readSafetensorsFile(`${folder}/weights.safetensors`);
    reference = await readSafetensorsFile(`${folder}/reference.safetensors`);
  });

  /** Values of a program's inputs: parameters from the weights, the batch from the reference, else from `more`. */
  function values(specs: Record<string, TensorSpec>, more: Record<string, TensorData>) {
    return Object.fromEntries(
      Object.keys(specs).map((name) => {
        const data = more[name] ?? weights.get(name)?.data ?? reference.get(name)?.data;
        if (!data) throw new Error(`the fixture has no ${name}`);
        return [name, data];
      }),
    );
  }

  const expected = (name: string) => reference.get(name)!.data;
  const exampleWeights = { example_weights: new Float32Array(batch).fill(1) };

  it('is reproduced by encode and pool', () => {
    const sequenceOutput = encode(toTensors(weights), toTensors(reference), config);
    expect(sequenceOutput.shape).toEqual([4, 32, 64]);
    expect(largestDifference(sequenceOutput.dataSync(), expected('sequence_output'))).toBeLessThan(1e-4);
    const pooled = pool(toTensors(weights), sequenceOutput);
    expect(largestDifference(pooled.dataSync(), expected('pooled_output'))).toBeLessThan(1e-4);
    const first = encode(toTensors(weights), toTensors(reference), config, { tokens: 'first' });
    expect(first.shape).toEqual([4, 1, 64]);
    expect(
      largestDifference(pool(toTensors(weights), first).dataSync(), expected('pooled_output')),
    ).toBeLessThan(1e-4);
  });

  describe.each(['tfjs-cpu', 'cpu'])('on the engine %s', (provider) => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await createEngine(provider, { threads: 2 });
    });

    it('is reproduced in classification: logits, loss and every gradient', async () => {
      const head: Head = { kind: 'classification', labels: 3 };
      const names = programParameters(config, head).map(({ name }) => name);
      const specs = trainInputs(config, head, { batch, length });
      const program = await engine.compile(valueAndGradients(trainFunction(config, head), names), specs);
      const outputs = await program.run(values(specs, exampleWeights));
      await program.dispose();
      expect(largestDifference(outputs['logits']!, expected('classification.logits'))).toBeLessThan(1e-4);
      expect(largestDifference(outputs['loss']!, expected('classification.loss'))).toBeLessThan(1e-4);
      // A key's bias moves all scores of a query alike, which the softmax takes away: its gradient is rounding alone.
      const isZero = (name: string) => name.endsWith('key.bias');
      const errors = names.map((name): [string, number] => {
        const [gradient, reference] = [outputs[`gradient/${name}`]!, expected(`classification.grad.${name}`)];
        return [name, isZero(name) ? 1e4 * norm(gradient) : relativeError(gradient, reference)];
      });
      expect(errors.filter(([, error]) => !(error < 1e-3))).toEqual([]);
    });

    it('is reproduced in question answering', async () => {
      const head: Head = { kind: 'span' };
      const specs = trainInputs(config, head, { batch, length });
      const program = await engine.compile(trainFunction(config, head), specs);
      const positions = {
        start_positions: expected('qa.start_positions'),
        end_positions: expected('qa.end_positions'),
      };
      const outputs = await program.run(values(specs, { ...exampleWeights, ...positions }));
      await program.dispose();
      expect(largestDifference(outputs['start_logits']!, expected('qa.start_logits'))).toBeLessThan(1e-4);
      expect(largestDifference(outputs['end_logits']!, expected('qa.end_logits'))).toBeLessThan(1e-4);
      expect(largestDifference(outputs['loss']!, expected('qa.loss'))).toBeLessThan(1e-4);
    });

    it('is reproduced in masked language modelling', async () => {
      const head: Head = { kind: 'masked-lm' };
      const specs = predictInputs(config, head, { batch, length, predictions: length });
      const program = await engine.compile(predictFunction(config, head), specs);
      const everywhere = Int32Array.from({ length: batch * length }, (_, i) => i % length);
      const { logits } = await program.run(values(specs, { masked_positions: everywhere }));
      await program.dispose();
      const firstRow = logits!.subarray(0, length * config.vocabSize);
      expect(largestDifference(firstRow, expected('mlm.logits.first_row'))).toBeLessThan(1e-4);
    });
  });
});

describeShared('fixtures/bert-tiny-sst2', 'a real BERT-tiny, fine-tuned on SST-2', () => {
  it('gives the published logits', async () => {
    const stored = await readSafetensorsFile(sharedPath('fixtures/bert-tiny-sst2/encoder.safetensors'));
    const parameters = toTensors(stored);
    const embedded = parameters['fixture.embedding_output'] as tf.Tensor3D;
    const config = parseConfig({
      vocab_size: 30522,
      hidden_size: 128,
      num_hidden_layers: 2,
      num_attention_heads: 2,
      intermediate_size: 512,
      max_position_embeddings: 512,
      type_vocab_size: 2,
    });
    const encoded = encodeEmbedded(parameters, embedded, tf.ones([1, 10], 'int32'), config);
    const [negative, positive] = classificationLogits(parameters, pool(parameters, encoded)).dataSync();
    expect(Math.abs(negative! - 1.1193)).toBeLessThan(2e-3);
    expect(Math.abs(positive! + 0.6809)).toBeLessThan(2e-3);
  });
});
