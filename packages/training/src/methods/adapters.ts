/**
 * Adapters (Houlsby et al. 2019, section 2.1 and figure 2; a baseline of Guo et al., section 4.2). After both sub-layers
 * of every layer, what the sub-layer gives, h, goes through a bottleneck of m numbers before the residual connection and
 * the layer normalisation:
 *
 *     adapter(h) = h + W_up·f(W_down·h + b_down) + b_up,   W_down [m, d], W_up [d, m]
 *
 * 2md + d + m new numbers each, drawn from a normal distribution of deviation 0.01 cut off at two of them, biases 0
 * (section 3): the model begins as the base, nearly. Adapters, all layer normalisations and the head are trained, all
 * else of θ is frozen:
 *
 *     min_{adapters, LayerNorms, head} L(f(·; θ, adapters))
 *
 * The paper leaves f open; it is GELU in the tanh form, as in the authors' code (google-research/adapter-bert), which
 * does not train the pooler either. Of 3 and 20 epochs they took, task by task, what was better on the dev split; six are
 * the default here.
 */
import { createAdapters } from '@diffprune/bert';
import { adapterRate } from '../default-rates.ts';
import { firstEpochs } from '../epochs.ts';
import { learningRate } from '../fixed-mask-options.ts';
import { DenseParameters } from '../learners/dense-parameters.ts';
import type { Method } from '../method.ts';
import { integerFrom } from '../options.ts';
import { weightGroup } from '../optimiser.ts';

const options = {
  epochs: firstEpochs({ default: 6 }),
  learningRate: learningRate(adapterRate),
  bottleneck: integerFrom(
    1,
    4096,
  )({
    default: 64,
    argument: 'size',
    help: 'size of what is between the two projections of an adapter; 8 to 256 in the paper',
  }),
};

export const adapters: Method<typeof options> = {
  name: 'adapters',
  title: 'Adapters',
  source: 'Houlsby et al. 2019, section 2.1',
  options,
  sparse: false,
  adapters: ({ bottleneck }) => createAdapters('houlsby', bottleneck, 'gelu_new'),
  stages: ({ epochs }) => [{ name: 'fine-tuning', epochs }],
  async *run(lab, o) {
    const { trained, adapters, head } = await lab.load(({ role }) =>
      role === 'layer-norm' ? DenseParameters.arrays : 0,
    );
    const layerNorms = new DenseParameters(trained);
    return yield* lab.lastStage(
      'fine-tuning',
      {
        learners: [layerNorms, adapters, head],
        groups: { weights: weightGroup(o.learningRate, o) },
      },
      () => [...layerNorms.diff(), ...adapters.diff(), ...head.diff()],
    );
  },
};
