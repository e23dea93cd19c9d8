/**
 * Last-layer fine-tuning (Guo et al., section 4.2): as full fine-tuning, of the last layer, the pooler and the head
 * alone,
 *
 *     min_θ' L(f(·; θ')),  θ'_i = θ_i unless i is of the last layer or the pooler
 */
import type { EncoderConfig, ParameterSpec } from '@diffprune/bert';
import { fineTuningRate } from '../default-rates.ts';
import { learningRate } from '../fixed-mask-options.ts';
import { DenseParameters } from '../learners/dense-parameters.ts';
import type { Method } from '../method.ts';
import { weightGroup } from '../optimiser.ts';

const options = { learningRate: learningRate(fineTuningRate) };

/**
 * Whether a parameter follows the last but one encoder layer: the last layer's and the pooler's. They are 4.07% of
 * BERT-large; the paper's 3.76% are the encoder layer alone, but the pooler was made for what that layer gave before.
 */
export function isLast({ kind, layer }: ParameterSpec, { numHiddenLayers }: EncoderConfig): boolean {
  return kind === 'pooler' || layer === numHiddenLayers - 1;
}

export const lastLayer: Method<typeof options> = {
  name: 'last-layer',
  title: 'Last-layer fine-tuning',
  source: 'Guo, Rush & Kim 2021, section 4.2',
  options,
  sparse: false,
  stages: ({ epochs }) => [{ name: 'fine-tuning', epochs }],
  async *run(lab, o) {
    const { trained, head } = await lab.load((spec) =>
      isLast(spec, lab.run.config) ? DenseParameters.arrays : 0,
    );
    const theta = new DenseParameters(trained);
    return yield* lab.lastStage(
      'fine-tuning',
      {
        learners: [theta, head],
        groups: { weights: weightGroup(o.learningRate, o) },
      },
      () => [...theta.diff(), ...head.diff()],
    );
  },
};
