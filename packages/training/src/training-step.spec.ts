import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseConfig, programParameters, type Head } from '@diffprune/bert';
import { createEngine, type TensorData } from '@diffprune/engine';
import { softmax } from '@diffprune/glue';
import { Predictor } from '@diffprune/inference';
import type { StoredTensor } from '@diffprune/tensor-files';
import { readSafetensorsFile } from '@diffprune/tensor-files/node';
import { itShared } from '@diffprune/testing';
import * as tf from '@tensorflow/tfjs';
import { headObjective, type Objective } from './objective.ts';
import { TrainingStep } from './training-step.ts';

const heads: Head[] = [{ kind: 'classification', labels: 3 }, { kind: 'regression' }, { kind: 'span' }];

type Tensors = ReadonlyMap<string, StoredTensor>;

async function readModel(folder: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(`${folder}/config.json`, 'utf8')) as Record<string, unknown>;
}

/** A step's loss and gradients for the one batch of a fixture, whose tensors of the head begin with `prefix`. */
async function step(
  objective: Objective,
  json: object,
  weights: Tensors,
  reference: Tensors,
  prefix: string,
) {
  const { head } = objective;
  const config = parseConfig({
    ...json,
    hidden_dropout_prob: 0,
    attention_probs_dropout_prob: 0,
  });
  const [batch, length] = reference.get('input_ids')!.shape as [number, number];
  const shape = { batch, length };
  const specs = programParameters(config, head);
  const values = (name: string): TensorData =>
    (reference.get(`${prefix}.${name}`) ?? reference.get(name) ?? weights.get(name))!.data as TensorData;
  const gradients = new Map(specs.map(({ name }) => [name, new Float32Array(values(name).length)]));
  const labels = Object.keys(objective.inputs(shape)).map((name) => {
    return [name, name === 'example_weights' ? new Float32Array(batch).fill(1) : values(name)] as const;
  });
  const inputs = {
    input_ids: values('input_ids'),
    token_type_ids: values('token_type_ids'),
    attention_mask: values('attention_mask'),
    ...Object.fromEntries(labels),
  };
  const training = await TrainingStep.create({
    engine: await createEngine('cpu', { threads: 1 }),
    config,
    objective,
    batches: {
      perEpoch: 1,
      longest: length,
      shape: () => shape,
      at: () => ({ length, examples: batch, inputs }),
    },
    seed: 1,
    weights: Object.fromEntries(specs.map(({ name }) => [name, values(name) as Float32Array])),
    gradients,
  });
  try {
    return { loss: await training.run({ length, examples: batch, inputs }, 0), gradients };
  } finally {
    await training.dispose();
  }
}

/** ‖a − b‖ / ‖b‖, and ‖a‖ where b is 0, since a softmax does not change when all its scores move alike. */
function gradientError(found: Float32Array, expected: ArrayLike<number>): number {
  const size = Math.hypot(...Array.from(expected));
  const difference = Math.hypot(...found.map((x, i) => x - expected[i]!));
  return size > 1e-10 ? difference / size : 10 * difference;
}

describe('a training step', () => {
  // what transformers makes of a random model: see the fixtures' script
  it.each(heads)('has the loss and all gradients of transformers: $kind', async (head) => {
    const folder = fileURLToPath(new URL('../../bert/src/fixtures/reference', import.meta.url));
    const weights = await readSafetensorsFile(`${folder}/model.safetensors`);
    const reference = await readSafetensorsFile(`${folder}/gelu.safetensors`);
    const { loss, gradients } = await step(
      headObjective(head),
      await readModel(folder),
      weights,
      reference,
      head.kind,
    );
    expect(loss).toBeCloseTo(reference.get(`${head.kind}.loss`)!.data[0]!, 5);
    const errors = [...gradients].map(([name, found]): [string, number] => {
      return [name, gradientError(found, reference.get(`${head.kind}.gradient/${name}`)!.data)];
    });
    expect(errors.filter(([, error]) => !(error < 1e-4))).toEqual([]);
    expect(errors.length).toBeGreaterThan(38);
  });

  it("minimises an objective that decorates the head's, with an input of its own", async () => {
    const folder = fileURLToPath(new URL('../../bert/src/fixtures/reference', import.meta.url));
    const weights = await readSafetensorsFile(`${folder}/model.safetensors`);
    const reference = await readSafetensorsFile(`${folder}/gelu.safetensors`);
    const logits = reference.get('classification.logits')!;
    const teacher = Float32Array.from(logits.data, (_, i) => Math.sin(i));
    const own = headObjective({ kind: 'classification', labels: 3 });
    const decorated: Objective = {
      ...own,
      inputs: (shape) => ({
        ...own.inputs(shape),
        teacher_logits: { shape: [shape.batch, 3], dtype: 'float32' },
      }),
      loss(outputs, inputs) {
        const apart = tf.squaredDifference(outputs['logits']!, inputs['teacher_logits']!);
        return tf.add(own.loss(outputs, inputs), tf.mean(apart));
      },
    };
    const taught = new Map([...reference, ['teacher_logits', { shape: logits.shape, data: teacher }]]);
    const { loss } = await step(decorated, await readModel(folder), weights, taught, 'classification');
    const apart = teacher.reduce((sum, x, i) => sum + (x - logits.data[i]!) ** 2, 0) / teacher.length;
    expect(loss).toBeCloseTo(reference.get('classification.loss')!.data[0]! + apart, 4);
  });

  itShared(
    'fixtures/bert-reference',
    'has the loss of the shared span fixture, and its gradients',
    async (folder) => {
      const json = await readModel(folder);
      const weights = await readSafetensorsFile(`${folder}/weights.safetensors`);
      const reference = await readSafetensorsFile(`${folder}/reference.safetensors`);
      const objective = headObjective({ kind: 'span' });
      const { loss, gradients } = await step(objective, json, weights, reference, 'qa');
      expect(loss).toBeCloseTo(reference.get('qa.loss')!.data[0]!, 4);

      // of the head by the fixture's outputs: Σ (softmax(logits) − position) ⊗ state / (2 · batch)
      const [batch, length, hidden] = reference.get('sequence_output')!.shape as [number, number, number];
      const states = reference.get('sequence_output')!.data;
      const expected = ['start', 'end'].flatMap((side) => {
        const logits = reference.get(`qa.${side}_logits`)!.data;
        const positions = reference.get(`qa.${side}_positions`)!.data;
        const row = new Array<number>(hidden).fill(0);
        for (let b = 0; b < batch; b++) {
          const scores = softmax(logits.subarray(b * length, (b + 1) * length) as Float32Array);
          scores.forEach((score, t) => {
            const wrong = (score - (positions[b] === t ? 1 : 0)) / (2 * batch);
            for (let h = 0; h < hidden; h++) row[h]! += wrong * states[(b * length + t) * hidden + h]!;
          });
        }
        return row;
      });
      expect(gradientError(gradients.get('qa_outputs.weight')!, expected)).toBeLessThan(1e-4);

      // of all parameters by the loss a little further along them, on either side
      const squared = [...gradients.values()].reduce((sum, g) => sum + Math.hypot(...g) ** 2, 0);
      const moved = (by: number) =>
        new Map(
          [...weights].map(([name, { shape, data }]) => {
            const gradient = gradients.get(name);
            const along = gradient ? Float32Array.from(data, (x, k) => x + by * gradient[k]!) : data;
            return [name, { shape, data: along } as StoredTensor] as const;
          }),
        );
      const by = 2e-3 / Math.sqrt(squared);
      const ahead = await step(objective, json, moved(by), reference, 'qa');
      const behind = await step(objective, json, moved(-by), reference, 'qa');
      expect((ahead.loss - behind.loss) / (2 * by) / squared).toBeCloseTo(1, 2);
    },
  );

  itShared(
    'fixtures/bert-reference',
    'is evaluated with the outputs of the shared span fixture',
    async (folder) => {
      const head: Head = { kind: 'span' };
      const config = parseConfig(await readModel(folder));
      const weights = await readSafetensorsFile(`${folder}/weights.safetensors`);
      const reference = await readSafetensorsFile(`${folder}/reference.safetensors`);
      const [batch, length] = reference.get('input_ids')!.shape as [number, number];
      const row = (name: string, b: number) =>
        reference.get(name)!.data.subarray(b * length, (b + 1) * length);
      const sizes = Array.from(
        { length: batch },
        (_, b) => [...row('attention_mask', b)].filter((x) => x === 1).length,
      );
      const ids = sizes.map((size, b) => [...row('input_ids', b).subarray(0, size)]);
      const firsts = sizes.map((size, b) => {
        const second = row('token_type_ids', b).indexOf(1 as never);
        return second < 0 ? size : second;
      });
      const features = {
        size: batch,
        tokens: Int32Array.from(ids.flat()),
        offsets: Int32Array.from([
          0,
          ...sizes.map((_, b) => sizes.slice(0, b + 1).reduce((sum, x) => sum + x, 0)),
        ]),
        firstLengths: Int32Array.from(firsts),
        padId: 0,
      };
      const named = programParameters(config, head).map(({ name }) => [
        name,
        weights.get(name)!.data as Float32Array,
      ]);
      const engine = await createEngine('cpu', { threads: 1 });
      const predictor = new Predictor(engine, config, head, Object.fromEntries(named), 2);
      const outputs = await predictor.outputs(features);
      await predictor.dispose();
      for (const side of ['start_logits', 'end_logits']) {
        sizes.forEach((size, b) => {
          const found = [...outputs[side]![b]!.subarray(0, size)];
          const expected = [...row(`qa.${side}`, b).subarray(0, size)];
          expect(found).toEqual(expected.map((x) => expect.closeTo(x as number, 4)));
        });
      }
    },
  );
});
