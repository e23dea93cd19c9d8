/**
 * Supermasks (Radiya-Dixit & Wang 2020, section 3.3): a task is learnt by setting some of the pretrained parameters to
 * zero. These stay as they are,
 *
 *     θ' = θ ⊙ μ                                                  equation 3
 *     μ  = Bern(σ(ν))                drawn anew at each step      equation 4
 *     min_ν E_μ[L(f(·; θ ⊙ μ))]
 *     ∂L/∂ν = ∂L/∂θ' ⊙ θ ⊙ σ(ν)(1 - σ(ν))                         straight-through: as if μ were σ(ν)
 *     ν from -5 for the fraction s of the θ of smallest magnitude, from 5 for the rest
 *
 * and the diff is a sample of μ: the places where it is 0. Which one is said by the seed; scores are those of this sample,
 * and, as in table 4, mean and deviation over ten.
 *
 * Where the paper leaves it open: masked are the matrices, those of embeddings and of the pooler too, but no biases and
 * LayerNorms, as by Mallya et al. 2018 and Zhou et al. 2019, whom it follows. Without the three parts of `exclude` these
 * are table 3's 66 million; the encoder's alone would be 65. s is a fraction of all of them at once. The gradient is that
 * of Zhou et al.'s released code. Rates are our own.
 */
import { batchesPerEpoch } from '@diffprune/glue';
import { fineTuningRate } from '../default-rates.ts';
import { excludeOption, isExcluded } from '../exclude.ts';
import { learningRate } from '../fixed-mask-options.ts';
import { BernoulliMask } from '../learners/bernoulli-mask.ts';
import type { Method } from '../method.ts';
import { weightGroup } from '../optimiser.ts';
import { fraction, positive, type Default } from '../options.ts';
import { withBase } from '../parameter-memory.ts';

/** How far ν may stray, as a standard deviation: from 5 one in thirty would come to less than 0. */
const straying = 2.75;

/** Of a few steps. */
const highestRate = 0.5;

/**
 * Adam moves each entry by about as much in each step, its gradient may be but noise: in T steps of a rate that falls
 * linearly it strays by rate · √(T/3). For three epochs of 6,000 rows this is 0.2, which the sample tasks were tried with.
 */
const maskRate: Default<number> = ({ rows }, { epochs, batchSize, maxSteps = Infinity }) => {
  const steps = Math.min(Number(epochs) * batchesPerEpoch(rows, Number(batchSize)), Number(maxSteps));
  return Math.min(highestRate, straying * Math.sqrt(3 / steps));
};

const options = {
  learningRate: learningRate(fineTuningRate),
  maskLearningRate: positive({
    default: maskRate,
    shown: 'by the number of steps',
    argument: 'rate',
    help: "peak rate of the mask's log-odds",
  }),
  initialSparsity: fraction({
    default: 0,
    argument: 'fraction',
    help: 'part of the masked weights, the smallest, that are likely to be 0 at first',
  }),
  exclude: excludeOption([]),
};

/** As many as the paper's table 4 has its means and deviations of. */
const samples = 10;

/** AdamW's ε for ν: where gates are nearly shut or open, gradients are smaller than the usual 1e-8. */
const maskEpsilon = 1e-12;

export const supermask: Method<typeof options> = {
  name: 'supermask',
  title: 'Supermask',
  source: 'Radiya-Dixit & Wang 2020, section 3.3',
  options,
  sparse: false,
  measures: [{ name: 'sparsity', title: 'sparsity', kind: 'fraction', heading: 'Sparsity of the mask' }],
  stages: ({ epochs }) => [{ name: 'mask-training', epochs }],
  async *run(lab, o) {
    const { trained, head } = await lab.load((spec) => {
      const isMasked = spec.shape.length === 2 && !isExcluded(spec, lab.run.config, o.exclude);
      return isMasked ? BernoulliMask.arrays : 0;
    });
    const { seed, initialSparsity, maxGradientNorm } = o;
    const mask = new BernoulliMask(trained.map(withBase), { seed, initialSparsity, samples });
    const rates = { maxGradientNorm, weightDecay: 0 };
    return yield* lab.lastStage(
      'mask-training',
      {
        learners: [head, mask],
        groups: {
          weights: weightGroup(o.learningRate, o),
          mask: { ...weightGroup(o.maskLearningRate, rates), epsilon: maskEpsilon },
        },
      },
      () => [...mask.diff(), ...head.diff()],
    );
  },
};
